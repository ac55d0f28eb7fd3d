//! The name that somebody most likely meant.

/// The nearest of some names, if it is near enough to be a slip of the hand.
pub fn nearest<'a>(name: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let folded = |text: &str| text.to_lowercase().replace(['_', '-'], "");
    let wanted = folded(name);
    let length = name.chars().count();
    let mut best: Option<(usize, &str)> = None;
    for candidate in names {
        let other = candidate.chars().count();
        let tolerated = (other.max(length) / 3).clamp(1, 4);
        // Signs that are left out of the comparison may differ too; what is far longer or shorter is not compared.
        if other.abs_diff(length) > 2 * tolerated {
            continue;
        }
        let distance = strsim::osa_distance(&wanted, &folded(candidate));
        if distance <= tolerated && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_is_recognised() {
        assert_eq!(nearest("maxLenght", ["minLength", "maxLength"]), Some("maxLength"));
        assert_eq!(nearest("max_length", ["maxLength"]), Some("maxLength"));
        assert_eq!(nearest("elephant", ["maxLength"]), None);
    }
}

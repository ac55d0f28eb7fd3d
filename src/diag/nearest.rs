//! Finds the name that the user most likely meant.

/// Returns the name that is most similar, if it is similar enough to be a typing error.
pub fn nearest<'a>(name: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let folded = |text: &str| text.to_lowercase().replace(['_', '-'], "");
    let wanted = folded(name);
    let length = name.chars().count();
    let mut best: Option<(usize, &str)> = None;
    for candidate in names {
        let other = candidate.chars().count();
        let tolerated = (other.max(length) / 3).clamp(1, 4);
        // Separators that are left out of the comparison may differ, too. Names that are far longer or shorter are not
        // compared.
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

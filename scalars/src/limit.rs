//! Limits of numbers: JSON Schema's `minimum`, `maximum`, `exclusiveMinimum`, `exclusiveMaximum` and `multipleOf`.

use std::cmp::Ordering;

use crate::exact::Exact;

/// A limit of numbers, as the text of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit<'a> {
    /// The minimum: the least valid number.
    Minimum(&'a str),
    /// The maximum: the greatest valid number.
    Maximum(&'a str),
    /// The exclusive minimum: valid numbers are greater.
    ExclusiveMinimum(&'a str),
    /// The exclusive maximum: valid numbers are less.
    ExclusiveMaximum(&'a str),
    /// The step: valid numbers are integer multiples of it.
    MultipleOf(&'a str),
}

/// A number that is compared with limits.
#[derive(Debug, Clone, PartialEq)]
pub enum Number {
    /// An integer of 64 bits.
    Integer(i64),
    /// A number that is compared by its digits.
    Exact(Exact),
    /// A number of a DRF field: it is compared as Python compares floats, and counts as a multiple if it is within 1e-9
    /// of one, as in Django.
    Float(f64),
}

impl Limit<'_> {
    /// Tells whether a number violates this limit. No number violates a limit whose text is not a number.
    pub fn is_broken_by(&self, number: &Number) -> bool {
        match self {
            Self::Minimum(limit) => number.compare(limit).is_some_and(Ordering::is_lt),
            Self::Maximum(limit) => number.compare(limit).is_some_and(Ordering::is_gt),
            Self::ExclusiveMinimum(limit) => number.compare(limit).is_some_and(Ordering::is_le),
            Self::ExclusiveMaximum(limit) => number.compare(limit).is_some_and(Ordering::is_ge),
            Self::MultipleOf(step) => number.is_multiple_of(step) == Some(false),
        }
    }
}

impl Number {
    fn compare(&self, limit: &str) -> Option<Ordering> {
        match self {
            Self::Float(number) => number.partial_cmp(&limit.parse().ok()?),
            Self::Integer(number) => match limit.parse::<i64>() {
                Ok(limit) => Some(number.cmp(&limit)),
                Err(_) => Some(Exact::from(*number).cmp(&Exact::parse(limit)?)),
            },
            Self::Exact(number) => Some(number.cmp(&Exact::parse(limit)?)),
        }
    }

    /// Tells whether it is a multiple of `step`; `None` if this cannot be computed.
    fn is_multiple_of(&self, step: &str) -> Option<bool> {
        let exact_step = Exact::parse(step)?;
        match self {
            Self::Integer(number) => Exact::from(*number).is_multiple_of(&exact_step),
            Self::Exact(number) => number.is_multiple_of(&exact_step),
            Self::Float(number) => {
                let exact = Exact::of_float(*number)?.is_multiple_of(&exact_step)?;
                Some(exact || is_nearly_multiple(*number, step))
            }
        }
    }
}

/// Tells whether a number is within 1e-9 of a multiple.
fn is_nearly_multiple(number: f64, step: &str) -> bool {
    step.parse::<f64>().is_ok_and(|step| {
        let rest = (number % step).abs();
        rest.min((step.abs() - rest).abs()) < 1e-9
    })
}

#[cfg(test)]
mod tests {
    use super::{Limit, Number};
    use crate::exact::Exact;

    #[test]
    fn floats_of_drf_are_compared_as_floats() {
        let (float, written) =
            (Number::Float(0.3), Number::Exact(Exact::parse("0.300000000000000000001").expect("it is one")));
        assert!(!Limit::Maximum("0.3").is_broken_by(&float) && Limit::Maximum("0.3").is_broken_by(&written));
        assert!(!Limit::MultipleOf("0.1").is_broken_by(&Number::Float(0.1 + 0.2)));
        assert!(
            Limit::MultipleOf("0.1")
                .is_broken_by(&Number::Exact(Exact::of_float(0.1 + 0.2).expect("it is one")))
        );
        assert!(!Limit::MultipleOf("0").is_broken_by(&Number::Integer(1)));
    }

    #[test]
    fn integers_are_compared_exactly() {
        let number = Number::Integer(i64::MAX);
        assert!(!Limit::Maximum("9223372036854775807.0").is_broken_by(&number));
        assert!(Limit::ExclusiveMaximum("9223372036854775807").is_broken_by(&number));
        assert!(Limit::Minimum("1e19").is_broken_by(&number));
        assert!(!Limit::ExclusiveMinimum("9223372036854775806").is_broken_by(&number));
    }
}

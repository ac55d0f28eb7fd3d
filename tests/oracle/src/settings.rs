//! What the environment says of a run: how many cases, from which seed, on which databases, for how long.

use std::env;
use std::fmt::Display;
use std::str::FromStr;
use std::time::Duration;

/// How many cases, where a test does not say.
pub const CASES: &str = "DCRF_ORACLE_CASES";
/// Where random numbers begin.
pub const SEED: &str = "DCRF_ORACLE_SEED";
/// One case again: the seed of its world and its number in it, `7f3a:12`; or the world alone, `7f3a`.
pub const REPLAY: &str = "DCRF_ORACLE_REPLAY";
/// Which databases: `sqlite,c,icu`.
pub const DATABASES: &str = "DCRF_ORACLE_DATABASES";
/// After how long to stop, whatever is left of the cases: `90s`, or `2h`.
pub const TIME: &str = "DCRF_ORACLE_TIME";
/// How many worlds are tried at the same time.
pub const WORKERS: &str = "DCRF_ORACLE_WORKERS";

/// How a run goes.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Cases, at least.
    pub cases: usize,
    /// Where random numbers begin.
    pub seed: u64,
    /// One case alone.
    pub replay: Option<Replay>,
    /// Names of databases; none: all that there are.
    pub databases: Option<Vec<String>>,
    /// The time there is.
    pub time: Option<Duration>,
    /// Worlds at the same time.
    pub workers: usize,
}

/// A case to be made again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Replay {
    /// The seed of its world.
    pub world: u64,
    /// Its number; none: all cases of the world.
    pub case: Option<usize>,
}

impl Settings {
    /// What the environment says; `cases` and `seed` where it says nothing.
    ///
    /// # Panics
    /// If a variable cannot be read.
    pub fn from_environment(cases: usize, seed: u64) -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            cases: read(CASES, str::parse).unwrap_or(cases),
            seed: read(SEED, hexadecimal).unwrap_or(seed),
            replay: read(REPLAY, str::parse),
            databases: read(DATABASES, |text| {
                Ok::<_, String>(text.split(',').map(|name| name.trim().to_owned()).collect())
            }),
            time: read(TIME, time),
            workers: read(WORKERS, str::parse).unwrap_or(processors).max(1),
        }
    }
}

fn read<T, E: Display>(name: &str, parse: impl Fn(&str) -> Result<T, E>) -> Option<T> {
    let text = env::var(name).ok().filter(|text| !text.is_empty())?;
    Some(parse(&text).unwrap_or_else(|error| panic!("{name}={text}: {error}")))
}

fn hexadecimal(text: &str) -> Result<u64, String> {
    u64::from_str_radix(text.trim_start_matches("0x"), 16).map_err(|error| error.to_string())
}

fn time(text: &str) -> Result<Duration, String> {
    let seconds =
        |text: &str, unit: u64| text.parse::<u64>().ok().map(|count| Duration::from_secs(count * unit));
    let found = match (text.strip_suffix('s'), text.strip_suffix('m'), text.strip_suffix('h')) {
        (Some(text), _, _) => seconds(text, 1),
        (_, Some(text), _) => seconds(text, 60),
        (_, _, Some(text)) => seconds(text, 3600),
        _ => None,
    };
    found.ok_or_else(|| "a time is written as 90s, 5m or 2h".to_owned())
}

impl FromStr for Replay {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (world, case) = text.split_once(':').map_or((text, None), |(world, case)| (world, Some(case)));
        let case =
            case.map(|case| case.parse().map_err(|_| format!("{case} is not a number"))).transpose()?;
        Ok(Self { world: hexadecimal(world)?, case })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_is_named_by_its_world_and_its_number() {
        assert_eq!("ff:12".parse(), Ok(Replay { world: 255, case: Some(12) }));
        assert_eq!("0xff".parse(), Ok(Replay { world: 255, case: None }));
        assert!("ff:x".parse::<Replay>().is_err());
    }

    #[test]
    fn times_have_units() {
        assert_eq!(time("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(time("2h"), Ok(Duration::from_secs(7200)));
        assert!(time("90").is_err());
    }
}

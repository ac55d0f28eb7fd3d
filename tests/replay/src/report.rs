//! What came of the scenarios, by folder.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;

use crate::replay::Difference;

/// What came of one scenario.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// The server does as was recorded.
    Passed,
    /// It does not, though it should.
    Failed(Difference),
    /// It does not, as something is not built yet.
    Pending,
    /// It does, though the list says that it does not yet.
    Unexpected(String),
    /// The recorded server was at fault; whether this one does the same.
    Defect {
        /// Whether it does.
        same: bool,
    },
}

/// Counts of a folder.
#[derive(Debug, Default, Clone, Copy)]
struct Counts {
    passed: usize,
    failed: usize,
    pending: usize,
    defects: usize,
    same: usize,
}

/// Prints a table of counts past the test harness, which keeps to itself what a passing test prints; gives what
/// is wrong.
pub(crate) fn report(title: &str, results: &[(String, Verdict)]) -> String {
    let mut folders: BTreeMap<&str, Counts> = BTreeMap::new();
    let mut wrong = String::new();
    for (name, verdict) in results {
        let folder = name.split_once('/').map_or("", |(folder, _)| folder);
        for counts in [folder, "~ all"] {
            folders.entry(counts).or_default().add(verdict);
        }
        match verdict {
            Verdict::Failed(Difference { after, expected, got }) => {
                let after = after.as_deref().unwrap_or("nothing");
                let _ = writeln!(
                    wrong,
                    "{name}\n    after    {after}\n    expected {expected}\n    got      {got}"
                );
            }
            Verdict::Unexpected(reason) => {
                let _ = writeln!(wrong, "{name} passes: take it off pending.txt ({reason})");
            }
            Verdict::Passed | Verdict::Pending | Verdict::Defect { .. } => {}
        }
    }
    let mut table = format!("{title:<18} passed  failed  not yet  defects (not copied)\n");
    for (folder, counts) in &folders {
        let Counts { passed, failed, pending, defects, same } = counts;
        let better = defects - same;
        let folder = folder.trim_start_matches("~ ");
        let _ =
            writeln!(table, "  {folder:<16} {passed:>6}  {failed:>6}  {pending:>7}  {defects:>7} ({better})");
    }
    let _ = std::io::stdout().write_all(table.as_bytes());
    wrong
}

impl Counts {
    fn add(&mut self, verdict: &Verdict) {
        match verdict {
            Verdict::Passed => self.passed += 1,
            Verdict::Failed(_) | Verdict::Unexpected(_) => self.failed += 1,
            Verdict::Pending => self.pending += 1,
            Verdict::Defect { same } => {
                self.defects += 1;
                self.same += usize::from(*same);
            }
        }
    }
}

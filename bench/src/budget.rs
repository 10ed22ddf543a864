//! A figure beside its limit, both measured in one run.

use crate::table::Table;
use crate::verdict::Verdict;

pub struct Budget {
    pub name: &'static str,
    /// Requests per second.
    pub figure: f64,
    /// Budget of the best that this machine could do.
    pub limit: f64,
    pub ratio: f64,
    /// The least ratio that is fast enough.
    pub least: f64,
}

impl Budget {
    /// Prints the budget. Too slow is a failure only if `strict`.
    pub fn print(self, strict: bool) -> Verdict {
        print_all(&[self], strict)
    }

    fn holds(&self) -> bool {
        self.ratio >= self.least
    }
}

pub fn print_all(budgets: &[Budget], strict: bool) -> Verdict {
    let mut table = Table::new(["budget", "HBS/s", "limit/s", "ratio", "at least", ""]);
    for budget in budgets {
        table.row(&[
            budget.name.to_owned(),
            format!("{:.0}", budget.figure),
            format!("{:.0}", budget.limit),
            format!("{:.2}", budget.ratio),
            format!("{:.2}", budget.least),
            if budget.holds() { "ok" } else { "BELOW BUDGET" }.to_owned(),
        ]);
    }
    print!("{table}");
    Verdict::passed_if(!strict || budgets.iter().all(Budget::holds))
}

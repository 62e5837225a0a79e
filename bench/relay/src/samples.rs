//! Samples of one measurement in one round, and what is left of several rounds.

use std::time::Duration;

use crate::process::Cpu;

/// What one round found of one thing on one server.
#[derive(Clone, Debug, Default)]
pub(crate) struct Finding {
    /// Operations a second, or KiB: the table's main figure.
    pub(crate) figure: f64,
    /// Milliseconds; none where there is no waiting to be measured.
    pub(crate) p50: Option<f64>,
    pub(crate) p99: Option<f64>,
    /// Microseconds on a core of the server for each operation.
    pub(crate) cpu: Option<f64>,
    /// The same of the load, which shares the cores.
    pub(crate) load: Option<f64>,
}

impl Finding {
    /// Operations in some time, how long each took, and what the cores did meanwhile.
    pub(crate) fn of(count: usize, time: Duration, waits: Vec<Duration>, cpu: Option<Cpu>) -> Self {
        let mut waits: Vec<f64> = waits.iter().map(|wait| wait.as_secs_f64() * 1e3).collect();
        waits.sort_by(f64::total_cmp);
        let each = |cpu: Duration| cpu.as_secs_f64() * 1e6 / count.max(1) as f64;
        Self {
            figure: count as f64 / time.as_secs_f64(),
            p50: at(&waits, 0.5),
            p99: at(&waits, 0.99),
            cpu: cpu.map(|cpu| each(cpu.server)),
            load: cpu.map(|cpu| each(cpu.load)),
        }
    }

    /// Each figure's median over the rounds.
    pub(crate) fn median(rounds: &[Self]) -> Self {
        let of = |figure: fn(&Self) -> Option<f64>| median(rounds.iter().filter_map(figure).collect());
        Self {
            figure: of(|round| Some(round.figure)).unwrap_or(0.0),
            p50: of(|round| round.p50),
            p99: of(|round| round.p99),
            cpu: of(|round| round.cpu),
            load: of(|round| round.load),
        }
    }
}

/// None of nothing.
fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    at(&values, 0.5)
}

/// The smallest of sorted values that at least this share (0 to 1) of them do not exceed.
fn at(sorted: &[f64], share: f64) -> Option<f64> {
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.max(1) - 1).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_the_smallest_value_that_so_many_do_not_exceed() {
        let values: Vec<f64> = (1..=100).map(f64::from).collect();
        assert_eq!((at(&values, 0.5), at(&values, 0.99), at(&values, 0.0)), (Some(50.0), Some(99.0), Some(1.0)));
        assert_eq!(at(&[], 0.5), None);
        assert_eq!(median(vec![9.0, 1.0, 5.0]), Some(5.0));
    }

    #[test]
    fn what_was_not_measured_has_no_median() {
        let round = |figure| Finding { figure, p50: Some(figure), ..Finding::default() };
        let median = Finding::median(&[round(3.0), round(1.0), round(2.0)]);
        assert_eq!((median.figure, median.p50, median.cpu), (2.0, Some(2.0), None));
    }
}

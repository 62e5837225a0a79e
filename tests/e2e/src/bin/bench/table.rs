//! Samples in, a Markdown table out.

use std::fmt;

/// Times of one thing, in milliseconds.
#[derive(Debug, Clone)]
pub(crate) struct Samples(Vec<f64>);

impl Samples {
    /// At least one.
    pub(crate) fn new(mut times: Vec<f64>) -> Self {
        assert!(!times.is_empty(), "nothing was measured");
        times.sort_by(f64::total_cmp);
        Self(times)
    }

    /// The smallest that at least this share (0 to 1) of them do not exceed.
    pub(crate) fn at(&self, share: f64) -> f64 {
        let rank = (share * self.0.len() as f64).ceil() as usize;
        self.0[rank.clamp(1, self.0.len()) - 1]
    }

    pub(crate) fn median(&self) -> f64 {
        self.at(0.5)
    }
}

/// The table.
#[derive(Debug, Default)]
pub(crate) struct Table(Vec<[String; 6]>);

impl Table {
    /// Adds what was measured. `budget` is the design's; `ratio` compares with something else of the same run.
    pub(crate) fn add(&mut self, what: &str, samples: &Samples, budget: &str, ratio: &str) {
        let (p50, p99) = (format!("{:.1}", samples.median()), format!("{:.1}", samples.at(0.99)));
        self.0.push([what.to_owned(), samples.0.len().to_string(), p50, p99, budget.to_owned(), ratio.to_owned()]);
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| what | runs | p50, ms | p99, ms | budget | beside it |")?;
        writeln!(f, "|---|--:|--:|--:|---|---|")?;
        for row in &self.0 {
            writeln!(f, "| {} |", row.join(" | "))?;
        }
        Ok(())
    }
}

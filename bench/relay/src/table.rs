//! Findings in, a Markdown table out: a row for each thing and server, in the order in which they were first measured.

use std::fmt;

use crate::samples::Finding;

/// What the figure of a row counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    /// So many a second.
    Rate,
    /// KiB for each connection.
    Memory,
}

/// The relay's rows: what others are compared with.
pub(crate) const RELAY: &str = "relay";

struct Row {
    what: String,
    server: String,
    unit: Unit,
    goal: &'static str,
    rounds: Vec<Finding>,
}

/// The table.
#[derive(Default)]
pub(crate) struct Table(Vec<Row>);

impl Table {
    /// Adds one round's finding; none where the server is not there. `goal` is the design's, for the relay's row.
    pub(crate) fn add(&mut self, what: &str, server: &str, unit: Unit, goal: &'static str, finding: Option<Finding>) {
        let known = self.0.iter().position(|row| row.what == what && row.server == server);
        let at = known.unwrap_or_else(|| {
            let (what, server) = (what.to_owned(), server.to_owned());
            self.0.push(Row { what, server, unit, goal, rounds: Vec::new() });
            self.0.len() - 1
        });
        self.0[at].rounds.extend(finding);
    }

    /// How the relay stands to another server of the same measurement.
    fn ratio(&self, row: &Row) -> String {
        let relay = self.0.iter().find(|other| other.what == row.what && other.server == RELAY);
        let Some(relay) = relay.filter(|_| row.server != RELAY) else { return String::new() };
        let (ours, theirs) = (Finding::median(&relay.rounds), Finding::median(&row.rounds));
        let word = match row.unit {
            Unit::Rate => "rate",
            Unit::Memory => "memory",
        };
        let cpu = ours.cpu.zip(theirs.cpu).map(|(ours, theirs)| format!(", CPU x {}", short(ours / theirs)));
        format!("{word} x {}{}", short(ours.figure / theirs.figure), cpu.unwrap_or_default())
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "| what | server | figure | p50, ms | p99, ms | its CPU, us each | load's CPU | the relay to it | goal |"
        )?;
        writeln!(f, "|---|---|--:|--:|--:|--:|--:|---|---|")?;
        for row in &self.0 {
            write!(f, "| {} | {} | ", row.what, row.server)?;
            if row.rounds.is_empty() {
                writeln!(f, "not there | | | | | | {} |", row.goal)?;
                continue;
            }
            let median = Finding::median(&row.rounds);
            match row.unit {
                Unit::Rate => write!(f, "{} /s", thousands(median.figure))?,
                Unit::Memory => write!(f, "{:.1} KiB", median.figure)?,
            }
            let cell = |value: Option<f64>, digits| value.map_or(String::new(), |value| format!("{value:.digits$}"));
            let (p50, p99) = (cell(median.p50, 2), cell(median.p99, 2));
            let (cpu, load) = (cell(median.cpu, 1), cell(median.load, 1));
            writeln!(f, " | {p50} | {p99} | {cpu} | {load} | {} | {} |", self.ratio(row), row.goal)?;
        }
        Ok(())
    }
}

/// Two digits that say something, or two behind the point.
fn short(ratio: f64) -> String {
    match ratio {
        small if small < 0.1 => format!("{small:.4}"),
        large if large >= 10.0 => format!("{large:.0}"),
        other => format!("{other:.2}"),
    }
}

/// `12,345`.
fn thousands(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_hold_medians_and_ratios_and_say_what_is_not_there() {
        let mut table = Table::default();
        for figure in [1000.0, 3000.0, 2000.0] {
            let finding = |figure| Some(Finding { figure, cpu: Some(8.0), ..Finding::default() });
            table.add("x", RELAY, Unit::Rate, "over 1", finding(figure));
            table.add("x", "bare", Unit::Rate, "", finding(figure * 2.0));
        }
        table.add("x", "nats", Unit::Rate, "", None);
        let text = table.to_string();
        assert!(text.contains("| x | relay | 2,000 /s |  |  | 8.0 |  |  | over 1 |"), "{text}");
        assert!(text.contains("| x | bare | 4,000 /s |  |  | 8.0 |  | rate x 0.50, CPU x 1.00 |  |"), "{text}");
        assert!(text.contains("| x | nats | not there |"), "{text}");
    }

    #[test]
    fn a_small_ratio_is_not_shown_as_nothing() {
        assert_eq!([0.00347, 0.5, 91.21].map(short), ["0.0035", "0.50", "91"]);
    }

    #[test]
    fn thousands_are_set_apart() {
        assert_eq!([7.0, 999.6, 1234567.0].map(thousands), ["7", "1,000", "1,234,567"]);
    }
}

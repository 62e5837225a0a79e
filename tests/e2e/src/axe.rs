//! axe-core in the page: what in it keeps people out, by the rules of WCAG 2.2 at level AA.

use std::{env, fs};

use serde::Deserialize;

use crate::Browser;

/// Runs all rules of levels A and AA, and gives what is broken: the rule, what it asks, and the elements. A change of
/// theme or width sets transitions going, and half way through one a colour is neither the old nor the new: the rules
/// are for what stands still, so all that ends has ended first.
const RUN: &str = "
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
    const frame = () => new Promise(requestAnimationFrame);
    const moving = () => document.getAnimations().filter((one) =>
        one.playState === 'running' && one.effect.getComputedTiming().endTime !== Infinity);
    const still = async () => {
        await frame();
        await frame();
        for (let ones = moving(); ones.length; ones = moving()) {
            await Promise.allSettled(ones.map((one) => one.finished));
        }
    };
    const violations = async () => {
        await still();
        const options = { runOnly: { type: 'tag', values: tags }, resultTypes: ['violations'] };
        const found = await axe.run(document, options);
        return found.violations.map(({ id, help, nodes }) => ({
            rule: id,
            help,
            elements: nodes.map((node) => node.html.slice(0, 160) + ' :: ' + node.any.map((check) => check.message).join('; ')),
        }));
    };
    return violations();";

/// The script.
pub struct Axe(String);

#[derive(Debug, Deserialize)]
struct Violation {
    rule: String,
    help: String,
    elements: Vec<String>,
}

impl Axe {
    /// Reads the script that `XCHAT_AXE` names. None: it is not set, which `cargo xtask test` has said.
    pub fn from_environment() -> Option<Self> {
        let path = env::var_os("XCHAT_AXE")?;
        Some(Self(fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))))
    }

    /// What is broken in the page as it is now, a line each.
    pub async fn violations(&self, browser: &Browser) -> Vec<String> {
        let script = format!("{}\n{RUN}", self.0);
        let found: Vec<Violation> = browser.script(&script, Vec::new()).await;
        let line = |violation: Violation| {
            format!("{}: {}\n        {}", violation.rule, violation.help, violation.elements.join("\n        "))
        };
        found.into_iter().map(line).collect()
    }
}

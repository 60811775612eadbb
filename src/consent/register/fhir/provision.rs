//! What the provisions of a Consent open: scopes, until when, and whether anything was denied.
//!
//! FHIR R4 Consent.provision (a rule with nested exceptions, each with its type) and R5 Consent.decision with
//! provision (exceptions that turn their parent round). Whatever narrows a rule by more than purpose is a fault, since
//! scrubs could not keep to it; what is denied is never opened by a rule beside it.

use super::code::{self, Sort};
use super::json::Node;
use super::{Faults, day};
use crate::consent::Date;
use crate::recording::terms::Scope;
use std::collections::{BTreeMap, BTreeSet};

/// How deep provisions may nest.
const DEEPEST: usize = 8;
/// What a rule may have beside purpose, period and type.
const PASSED_OVER: &[&str] = &["id", "extension"];

/// What provisions come to.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// What is open, and the last day it is.
    pub(super) open: BTreeMap<Scope, Option<Date>>,
    /// Whether anything was denied.
    pub(super) denied: bool,
    /// What it is tied to, in words of the register.
    pub(super) conditions: BTreeSet<String>,
}

/// One rule.
struct Rule<'n> {
    node: &'n Node,
    at: String,
    permits: bool,
}

/// Reads the rules of a consent.
pub(super) struct Reader<'f> {
    pub(super) sort: Sort,
    pub(super) today: Date,
    pub(super) faults: &'f mut Faults,
    outcome: Outcome,
    /// Whether every rule has its own type, as in R4.
    typed: bool,
}

impl<'f> Reader<'f> {
    pub(super) fn new(sort: Sort, today: Date, faults: &'f mut Faults) -> Self {
        Self { sort, today, faults, outcome: Outcome::default(), typed: true }
    }

    /// R4: the policy rule opts in or out, and the one root provision is a rule upon it.
    pub(super) fn r4(mut self, consent: &Node) -> Outcome {
        let base = consent.get("policyRule").and_then(code::opts_in);
        let root = consent.get("provision");
        let stated = root.and_then(|root| root.get("type"));
        let kind = root.and_then(|root| self.kind(root, "provision"));
        let nested = root.is_some_and(|root| !root.each_of("provision").is_empty());
        match (base, kind) {
            _ if stated.is_some() && kind.is_none() => {}
            (None, None) if !nested => {
                self.faults.add("provision", "is needed: nothing says what is permitted or denied")
            }
            // A rule without a type of its own is what the policy says; without either its exceptions alone count.
            (base, None) => {
                let permits = base.unwrap_or(false);
                match root {
                    Some(node) => self.rule(&Rule { node, at: "provision".to_owned(), permits }, None, 0),
                    None => self.base(permits, "policyRule"),
                }
            }
            (Some(false), Some(true)) if root.is_some_and(|root| root.each_of("purpose").is_empty()) => {
                self.faults.add("provision.type", "contradicts policyRule, and no purpose is named");
            }
            (_, Some(permits)) => {
                self.outcome.denied |= base == Some(false);
                if let Some(node) = root {
                    self.rule(&Rule { node, at: "provision".to_owned(), permits }, None, 0);
                }
            }
        }
        self.outcome
    }

    /// R5: the decision is the base, and each provision turns it round for what it names.
    pub(super) fn r5(mut self, consent: &Node) -> Outcome {
        let Some(permits) = consent.get("decision").and_then(|node| decision(node.text())) else {
            self.faults.add("decision", "is needed: permit or deny");
            return self.outcome;
        };
        self.typed = false;
        self.base(permits, "decision");
        let rules = consent.each_of("provision").iter().enumerate();
        let rules = rules.map(|(n, node)| Rule { node, at: format!("provision[{n}]"), permits: !permits });
        self.siblings(rules.collect(), None, 0);
        self.outcome
    }

    /// What a decision without named purposes opens.
    fn base(&mut self, permits: bool, at: &str) {
        if !permits {
            self.outcome.denied = true;
            return;
        }
        match self.sort {
            Sort::Research => self.open(&[Scope::Research], None),
            Sort::Treatment => self.open(&[Scope::Care], None),
            Sort::General | Sort::Directive => {
                self.faults.add(at, "permits without naming a purpose, and a consent to everything is none");
            }
        }
    }

    /// Permissions first, so that what is denied beside them stays denied.
    fn siblings(&mut self, mut rules: Vec<Rule<'_>>, named: Option<&[Node]>, depth: usize) {
        rules.sort_by_key(|rule| !rule.permits);
        for rule in &rules {
            self.rule(rule, named, depth);
        }
    }

    fn rule(&mut self, rule: &Rule<'_>, parents: Option<&[Node]>, depth: usize) {
        let Rule { node, at, permits } = rule;
        if depth > DEEPEST {
            return self.faults.add(at, "nests deeper than scrubs follows");
        }
        let disclosed = self.narrowing(node, at, *permits);
        let ends = self.period(node, at, *permits);
        let own = node.each_of("purpose");
        let purposes = if own.is_empty() { parents.unwrap_or_default() } else { own };
        let in_force = ends.is_none_or(|day| !day.is_past(self.today));
        if purposes.is_empty() {
            self.unnamed(*permits, at);
        }
        for (n, coding) in purposes.iter().enumerate() {
            let Some(reach) = code::purpose(coding) else {
                self.faults.add(&format!("{at}.purpose[{n}]"), "is a code that scrubs does not know");
                continue;
            };
            if !permits {
                self.outcome.denied = true;
                self.outcome.open.retain(|scope, _| !reach.closes.contains(scope));
            } else if in_force || depth == 0 {
                let public = |scope: &Scope| matches!(scope, Scope::Publication | Scope::PublicMedia);
                let opens: Vec<Scope> = reach.opens.iter().copied().filter(|s| disclosed || !public(s)).collect();
                self.open(&opens, ends);
            }
        }
        let rules = node.each_of("provision").iter().enumerate().filter_map(|(n, nested)| {
            let at = format!("{at}.provision[{n}]");
            // R5 has no type: an exception turns its parent round.
            let permits = if self.typed { self.kind(nested, &at)? } else { !permits };
            Some(Rule { node: nested, at, permits })
        });
        let rules = rules.collect();
        self.siblings(rules, Some(purposes).filter(|purposes| !purposes.is_empty()), depth + 1);
    }
}

impl Reader<'_> {
    fn open(&mut self, scopes: &[Scope], ends: Option<Date>) {
        for &scope in scopes {
            let sooner = |a: Option<Date>, b: Option<Date>| [a, b].into_iter().flatten().min_by_key(|day| day.last());
            let before = self.outcome.open.get(&scope).copied();
            self.outcome.open.insert(scope, before.map_or(ends, |before| sooner(before, ends)));
        }
    }

    /// A rule for which neither it nor its parents name a purpose.
    fn unnamed(&mut self, permits: bool, at: &str) {
        if permits {
            return self.base(true, at);
        }
        self.outcome.denied = true;
        self.outcome.open.clear();
    }

    /// Whether R4's type permits.
    fn kind(&mut self, rule: &Node, at: &str) -> Option<bool> {
        let permits = decision(rule.text_of("type"));
        if permits.is_none() && (at != "provision" || rule.get("type").is_some()) {
            self.faults.add(&format!("{at}.type"), "is needed: permit or deny");
        }
        permits
    }

    /// Tells what narrows the rule by more than its purposes; whether it lets recordings be shown to others.
    fn narrowing(&mut self, rule: &Node, at: &str, permits: bool) -> bool {
        for (name, _) in rule.names() {
            match name {
                "type" | "period" | "purpose" | "provision" | "action" => {}
                "actor" | "securityLabel" | "class" | "code" | "dataPeriod" | "data" | "documentType"
                | "resourceType" | "expression" => {
                    self.faults
                        .add(&format!("{at}.{name}"), "narrows the provision in a way that scrubs cannot keep to");
                }
                "modifierExtension" => self.conditions(rule, at),
                name if PASSED_OVER.contains(&name) || name.starts_with('_') => {}
                _ => self.faults.add(at, "has an element that scrubs does not know"),
            }
        }
        let actions = rule.each_of("action");
        let codes: Vec<&str> =
            actions.iter().flat_map(|a| a.each_of("coding")).filter_map(|c| c.text_of("code")).collect();
        let uses = codes.contains(&"use") || !permits && (codes.contains(&"access") || codes.contains(&"disclose"));
        if !actions.is_empty() && !uses {
            self.faults.add(&format!("{at}.action"), "does not name the use of recordings");
        }
        actions.is_empty() || codes.contains(&"disclose")
    }

    /// Conditions as scrubs states them; any other extension of this sort changes the meaning.
    fn conditions(&mut self, rule: &Node, at: &str) {
        for extension in rule.each_of("modifierExtension") {
            let ours = extension.text_of("url") == Some(code::CONDITION_EXTENSION);
            match extension.text_of("valueCode").filter(|word| ours && !word.contains(';')) {
                Some(word) => drop(self.outcome.conditions.insert(word.to_owned())),
                None => self.faults.add(
                    &format!("{at}.modifierExtension"),
                    "narrows the provision in a way that scrubs cannot keep to",
                ),
            }
        }
    }

    /// The last day of the rule. A denial counts whatever its period.
    fn period(&mut self, rule: &Node, at: &str, permits: bool) -> Option<Date> {
        let period = rule.get("period")?;
        let at = format!("{at}.period");
        let start = day(period, "start", &at, self.faults);
        if permits && start.is_some_and(|start| start.is_future(self.today)) {
            self.faults.add(&format!("{at}.start"), "lies in the future: the provision is not in force yet");
        }
        super::end(period, &at, self.faults).filter(|_| permits)
    }
}

fn decision(word: Option<&str>) -> Option<bool> {
    match word? {
        "permit" => Some(true),
        "deny" => Some(false),
        _ => None,
    }
}

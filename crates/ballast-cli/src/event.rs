//! Decodes the program's events from the logs of a transaction, with the types of the committed IDL.

use anchor_lang::prelude::Address;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use std::sync::LazyLock;

/// An event. Its fields are in the program's order, and numbers have all their digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportedEvent {
    pub name: String,
    pub fields: Vec<(String, String)>,
}

/// The events in the logs of one transaction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoggedEvents {
    pub events: Vec<ReportedEvent>,
    /// The runtime has cut the logs because they were too long, so there may have been more events.
    pub truncated: bool,
}

/// Decodes only lines that the program itself has logged, because any other program can log the same bytes.
pub fn events(logs: &[String]) -> LoggedEvents {
    let mut logged = LoggedEvents::default();
    let mut running: Vec<&str> = Vec::new();
    let program = ballast::ID.to_string();
    for line in logs {
        if line == "Log truncated" {
            logged.truncated = true;
        }
        let Some((who, what)) = line.strip_prefix("Program ").and_then(|line| line.split_once(' ')) else { continue };
        match what.split(' ').next() {
            _ if who == "data:" => {
                let ours = running.last() == Some(&program.as_str());
                logged.events.extend(BASE64_STANDARD.decode(what).ok().filter(|_| ours).and_then(|data| decode(&data)));
            }
            // `Program log:` and `Program return:` carry a program's own text.
            _ if who.ends_with(':') => {}
            Some("invoke") => running.push(who),
            Some("success" | "failed:") => drop(running.pop()),
            _ => {}
        }
    }
    logged
}

fn decode(data: &[u8]) -> Option<ReportedEvent> {
    let kind = IDL.events.iter().find(|kind| data.starts_with(&kind.discriminator))?;
    let mut body = &data[kind.discriminator.len()..];
    let mut fields = Vec::new();
    for Field { name, kind } in fields_of(&kind.name)? {
        let (bytes, rest) = body.split_at_checked(kind.size())?;
        fields.push((name.clone(), kind.text(bytes)?));
        body = rest;
    }
    Some(ReportedEvent { name: kind.name.clone(), fields })
}

/// Returns the columns of a table of all events: every field of every event once, in the order of the IDL.
pub fn columns() -> Vec<&'static str> {
    let mut columns = Vec::new();
    for field in IDL.events.iter().filter_map(|kind| fields_of(&kind.name)).flatten() {
        if !columns.contains(&field.name.as_str()) {
            columns.push(field.name.as_str());
        }
    }
    columns
}

#[derive(Deserialize)]
struct Idl {
    events: Vec<EventEntry>,
    types: Vec<TypeEntry>,
}

#[derive(Deserialize)]
struct EventEntry {
    name: String,
    discriminator: Vec<u8>,
}

#[derive(Deserialize)]
struct TypeEntry {
    name: String,
    #[serde(rename = "type")]
    body: TypeBody,
}

#[derive(Deserialize)]
struct TypeBody {
    #[serde(default)]
    fields: serde_json::Value,
}

#[derive(Deserialize)]
struct Field {
    name: String,
    #[serde(rename = "type")]
    kind: Scalar,
}

/// The types that the fields of events have.
#[derive(Deserialize)]
enum Scalar {
    #[serde(rename = "pubkey")]
    Address,
    #[serde(rename = "u64")]
    U64,
    #[serde(rename = "i64")]
    I64,
    /// 128 bits in two words, the low word first.
    #[serde(rename = "array")]
    Words(
        #[expect(dead_code, reason = "the IDL gives the element type; a test checks that there are two words")]
        (String, usize),
    ),
}

impl Scalar {
    fn size(&self) -> usize {
        match self {
            Self::Address => 32,
            Self::U64 | Self::I64 => 8,
            Self::Words(_) => 16,
        }
    }

    fn text(&self, bytes: &[u8]) -> Option<String> {
        Some(match self {
            Self::Address => Address::new_from_array(bytes.try_into().ok()?).to_string(),
            Self::U64 => u64::from_le_bytes(bytes.try_into().ok()?).to_string(),
            Self::I64 => i64::from_le_bytes(bytes.try_into().ok()?).to_string(),
            Self::Words(_) => u128::from_le_bytes(bytes.try_into().ok()?).to_string(),
        })
    }
}

static IDL: LazyLock<Idl> = LazyLock::new(|| {
    let text = include_str!("../../../tests/snapshots/ballast.idl.json");
    serde_json::from_str(text).expect("the committed IDL, which `cargo xtask test` compares with the program")
});

/// The fields of each event. The fields of other types need not be scalars.
static FIELDS: LazyLock<Vec<(&'static str, Vec<Field>)>> = LazyLock::new(|| {
    let bodies = IDL.types.iter().filter(|of| IDL.events.iter().any(|event| event.name == of.name));
    let fields = |of: &TypeEntry| {
        serde_json::from_value(of.body.fields.clone()).expect("fields that are scalars, which a test checks")
    };
    bodies.map(|of| (of.name.as_str(), fields(of))).collect()
});

fn fields_of(name: &str) -> Option<&'static [Field]> {
    FIELDS.iter().find(|(of, _)| *of == name).map(|(_, fields)| fields.as_slice())
}

#[cfg(test)]
mod tests {
    use super::*;
    use anchor_lang::Discriminator;
    use ballast::event::Repaid;

    fn data() -> (String, Repaid) {
        let [obligation, reserve, payer] = [1, 2, 3].map(|byte| Address::new_from_array([byte; 32]));
        let event = Repaid { obligation, reserve, payer, amount_atoms: u64::MAX, debt_shares: [7, 1] };
        let bytes = [Repaid::DISCRIMINATOR, bytemuck::bytes_of(&event)].concat();
        (format!("Program data: {}", BASE64_STANDARD.encode(bytes)), event)
    }

    fn logs(lines: &[&str]) -> Vec<String> {
        lines.iter().map(|line| line.replace("US", &ballast::ID.to_string())).collect()
    }

    #[test]
    fn the_idl_describes_every_byte_of_every_event() {
        assert_eq!(FIELDS.len(), IDL.events.len());
        let (line, event) = data();
        let found = events(&logs(&["Program US invoke [1]", &line, "Program US success"]));
        let [ReportedEvent { name, fields }] = found.events.as_slice() else { panic!("one event: {found:?}") };
        assert_eq!(name, "Repaid");
        let sizes = fields_of("Repaid").expect("an event").iter().map(|field| field.kind.size());
        assert_eq!(sizes.sum::<usize>(), size_of::<Repaid>());
        let value = |name| fields.iter().find(|field| field.0 == name).map(|field| field.1.clone());
        assert_eq!(value("amount_atoms"), Some(u64::MAX.to_string()));
        assert_eq!(value("debt_shares"), Some((7 + (1u128 << 64)).to_string()));
        assert_eq!(value("obligation"), Some(event.obligation.to_string()));
        assert!(columns().contains(&"loss_suppliers_atoms"));
    }

    #[test]
    fn a_line_of_another_program_is_not_an_event() {
        let (line, _) = data();
        let foreign = logs(&[
            "Program Foreign invoke [1]",
            &line,
            "Program US invoke [2]",
            "Program log: Program Foreign invoke [3]",
            "Program Tokens invoke [3]",
            &line,
            "Program Tokens success",
            &line,
            "Program US failed: custom program error: 0x1",
            &line,
            "Program Foreign success",
            &line,
        ]);
        let found = events(&foreign);
        assert_eq!((found.events.len(), found.truncated), (1, false));
        assert!(events(&logs(&["Program US invoke [1]", "Log truncated"])).truncated);
        assert_eq!(events(&logs(&["Program US invoke [1]", "Program data: AAAA", "Program data: !"])).events, []);
    }
}

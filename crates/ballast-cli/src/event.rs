//! Decodes the program's events from the logs of a transaction, with the types of the committed IDL.

use anchor_lang::prelude::Address;
use ballast::symbol::symbol_text;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use serde_json::{Map, Value};
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
        fields.push((name.clone(), text(kind.value(&mut body)?)));
    }
    Some(ReportedEvent { name: kind.name.clone(), fields })
}

/// A scalar as people write it, and anything else as JSON.
fn text(value: Value) -> String {
    match value {
        Value::String(text) => text,
        value => value.to_string(),
    }
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
    fields: Value,
}

#[derive(Deserialize)]
struct Field {
    name: String,
    #[serde(rename = "type")]
    kind: Kind,
}

/// The types that the fields of events have.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    #[serde(rename = "pubkey")]
    Address,
    U8,
    U16,
    U32,
    U64,
    I64,
    Array(Box<Kind>, usize),
    Defined {
        name: String,
    },
}

impl Kind {
    /// Takes a value from the front of the bytes: numbers with all their digits.
    fn value(&self, bytes: &mut &[u8]) -> Option<Value> {
        Some(match self {
            Self::Address => Address::new_from_array(take(bytes)?).to_string().into(),
            Self::U8 => u8::from_le_bytes(take(bytes)?).into(),
            Self::U16 => u16::from_le_bytes(take(bytes)?).into(),
            Self::U32 => u32::from_le_bytes(take(bytes)?).into(),
            Self::U64 => u64::from_le_bytes(take(bytes)?).into(),
            Self::I64 => i64::from_le_bytes(take(bytes)?).into(),
            // 128 bits in two words, the low word first.
            Self::Array(of, 2) if matches!(**of, Self::U64) => u128::from_le_bytes(take(bytes)?).to_string().into(),
            Self::Array(of, 8) if matches!(**of, Self::U8) => symbol_text(&take(bytes)?).into(),
            Self::Array(of, 32) if matches!(**of, Self::U8) => hex(&take(bytes)?).into(),
            Self::Array(of, len) => (0..*len).map(|_| of.value(bytes)).collect::<Option<Vec<_>>>()?.into(),
            Self::Defined { name } => {
                let fields = fields_of(name)?.iter().map(|field| Some((field.name.clone(), field.kind.value(bytes)?)));
                fields.collect::<Option<Map<_, _>>>()?.into()
            }
        })
    }
}

fn take<const LEN: usize>(bytes: &mut &[u8]) -> Option<[u8; LEN]> {
    let (taken, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(*taken)
}

fn hex(bytes: &[u8; 32]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

static IDL: LazyLock<Idl> = LazyLock::new(|| {
    let text = include_str!("../../../tests/snapshots/ballast.idl.json");
    serde_json::from_str(text).expect("the committed IDL, which `cargo xtask test` compares with the program")
});

/// The fields of each struct that events contain. Other types need not have such fields.
static FIELDS: LazyLock<Vec<(&'static str, Vec<Field>)>> = LazyLock::new(|| {
    let fields = |of: &'static TypeEntry| {
        let fields = serde_json::from_value(of.body.fields.clone()).ok()?;
        Some((of.name.as_str(), fields))
    };
    IDL.types.iter().filter_map(fields).collect()
});

fn fields_of(name: &str) -> Option<&'static [Field]> {
    FIELDS.iter().find(|(of, _)| *of == name).map(|(_, fields)| fields.as_slice())
}

#[cfg(test)]
mod tests {
    use super::*;
    use anchor_lang::Discriminator;
    use ballast::event::{ChangeProposed, Repaid};

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
        assert!(IDL.events.iter().all(|event| fields_of(&event.name).is_some()));
        let (line, event) = data();
        let found = events(&logs(&["Program US invoke [1]", &line, "Program US success"]));
        let [ReportedEvent { name, fields }] = found.events.as_slice() else { panic!("one event: {found:?}") };
        assert_eq!(name, "Repaid");
        let value = |name| fields.iter().find(|field| field.0 == name).map(|field| field.1.clone());
        assert_eq!(value("amount_atoms"), Some(u64::MAX.to_string()));
        assert_eq!(value("debt_shares"), Some((7 + (1u128 << 64)).to_string()));
        assert_eq!(value("obligation"), Some(event.obligation.to_string()));
        assert!(columns().contains(&"loss_suppliers_atoms"));
    }

    /// The settings of a change are one value, with all of theirs.
    #[test]
    fn a_proposal_contains_what_it_would_change() {
        let mut event: ChangeProposed = bytemuck::Zeroable::zeroed();
        (event.settings.risk.ltv_bps, event.settings.curve.points[1].rate_bps) = (7_500, 600);
        event.market.terms.cure_slots = 750;
        let bytes = [ChangeProposed::DISCRIMINATOR, bytemuck::bytes_of(&event)].concat();
        let line = format!("Program data: {}", BASE64_STANDARD.encode(bytes));
        let found = events(&logs(&["Program US invoke [1]", &line, "Program US success"]));
        let fields = &found.events.first().expect("an event").fields;
        let value = |name: &str| fields.iter().find(|field| field.0 == name).map(|field| field.1.clone());
        let json = |name| serde_json::from_str::<Value>(&value(name).expect("a field")).expect("JSON");
        assert_eq!(json("settings")["risk"]["ltv_bps"], 7_500);
        assert_eq!(json("settings")["curve"]["points"][1]["rate_bps"], 600);
        assert_eq!(json("market")["terms"]["cure_slots"], 750);
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

//! The language of STYLE.md: phrases that a reader has to decode, spellings of another English, and names that were replaced.
//!
//! A phrase is found across line breaks, comment signs and the underscores of a test's name. Case counts only in a name.

use std::path::Path;

use super::{Checkout, Finding};

/// What to write instead stands beside each phrase.
const PHRASES: &[(&str, &str)] = &[
    ("lest", "so that ... not"),
    ("whom", "who, or name the person"),
    ("for who", "name the person: for a supplier who"),
    ("by who", "name the person"),
    ("who owes nothing", "without debt"),
    ("he", "they"),
    ("him", "them"),
    ("his", "their"),
    ("himself", "themselves"),
    ("told", "name who says it to the person, or write distinguished"),
    ("tell", "say, show, return or distinguish"),
    ("tells", "says, shows, returns or distinguishes"),
    ("telling", "saying or distinguishing"),
    ("whoever", "anyone who, or name the person"),
    ("foretells", "predicts"),
    ("gone mad", "malformed"),
    ("is no token account", "is not a token account"),
    ("misses what is missing", "fails if any is missing"),
    ("what is under way", "transactions in flight"),
    ("under way", "in flight, or in progress"),
    ("says something else", "differs"),
    ("what else there is", "every other"),
    ("as one would", "describe it"),
    ("of one's", "your, their"),
    ("to the letter", "exactly"),
    ("thereof", "of it"),
    ("wherein", "in which"),
    ("hitherto", "until now"),
    ("nought", "zero"),
    ("forthwith", "immediately"),
    ("unasked", "without being asked"),
    ("nor withdrawing", "withdrawing ... either"),
    ("closed whole", "closed out"),
    ("liquidation line", "call line"),
    ("in the making", "name what happens"),
    ("goes for nothing", "is taken without a payment"),
    ("behaviour", "behavior"),
    ("behaviours", "behaviors"),
    ("colour", "color"),
    ("colours", "colors"),
    ("favour", "favor"),
    ("favours", "favors"),
    ("honour", "honor"),
    ("neighbour", "neighbor"),
    ("neighbours", "neighbors"),
    ("cancelling", "canceling"),
    ("modelling", "modeling"),
    ("labelled", "labeled"),
    ("judgement", "judgment"),
    ("recognise", "recognize"),
    ("recognised", "recognized"),
    ("initialised", "initialized"),
    ("tokenised", "tokenized"),
    ("utilisation", "utilization"),
    ("whilst", "while"),
    ("amongst", "among"),
];

/// Names that no longer exist, and what they are called now.
const OLD_NAMES: &[(&str, &str)] = &[
    ("Deed", "StepAction in the command line, FuzzAction in the fuzzer"),
    ("refuses_nothing", "refuses_zero"),
    ("accepted_extensions", "accepted_powers"),
    ("acceptedExtensions", "acceptedPowers"),
    ("Pen", "TransactionSigner"),
    ("Whom", "Candidates"),
    ("PendingAll", "PendingFullIndex"),
    ("PendingNear", "PendingNearIndex"),
    ("Unread", "DecodeError"),
    ("Unwritten", "DraftError"),
    ("UnderWay", "InFlight"),
    ("under_way", "in_flight"),
    ("Wired", "WiredKeeper"),
    ("Brain", "Decider"),
    ("Streamed", "StreamSource"),
    ("wallet_address", "token_account_address"),
    ("tell_if_changed", "send_if_changed"),
    ("write_anew", "rewrite"),
    ("Brake", "Restriction"),
    ("receive_2022", "IncomingTransfer"),
    ("Wanted", "WantedRoute, WantedSale or ProgramBuild"),
    ("Flagged", "FlagArgs"),
    ("newBorrower", "newObligation"),
    ("ActingOnAsset", "AssetActionInput"),
    ("pricedSlot", "encodePriced"),
    ("unpricedSlot", "encodeUnpriced"),
    ("recommendedPrice", "recentPriorityFee"),
    ("Noun", "Request"),
    ("Granted", "DelegateRight"),
    ("Watched", "WatchedObligation"),
];

/// Files that quote what is rejected, are written by machines, or are not ours.
const EXEMPT: [&str; 6] =
    ["xtask/src/tidy/words.rs", "STYLE.md", "docs/GLOSSARY.md", "LICENSE", "Cargo.lock", "package-lock.json"];

pub fn check(checkout: &Checkout) -> Vec<Finding> {
    let read = |path: &Path| !EXEMPT.iter().any(|exempt| path == Path::new(exempt));
    let files = checkout.files.iter().filter(|(path, _)| read(path));
    files.flat_map(|(path, text)| check_file(path, text)).collect()
}

fn check_file(path: &Path, text: &str) -> Vec<Finding> {
    let words = words(text);
    let mut findings = Vec::new();
    for (place, word) in words.iter().enumerate() {
        let begun = PHRASES.iter().filter(|(phrase, _)| begins_with(&words[place..], phrase));
        findings
            .extend(begun.map(|(phrase, instead)| (word.line, format!("\"{phrase}\": write {instead} (STYLE.md)"))));
    }
    for (line, content) in (1..).zip(text.lines()) {
        let names = content.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
        for (old, new) in names.filter_map(|name| OLD_NAMES.iter().find(|(old, _)| *old == name)) {
            findings.push((line, format!("{old} is called {new} now")));
        }
    }
    findings.into_iter().map(|(line, law)| Finding::new(format!("{}:{line}", path.display()), law)).collect()
}

/// The length of the first word decides almost always, without looking at a letter.
fn begins_with(words: &[Word], phrase: &str) -> bool {
    let first = phrase.find(' ').unwrap_or(phrase.len());
    words[0].text.len() == first
        && phrase
            .split(' ')
            .enumerate()
            .all(|(place, wanted)| words.get(place).is_some_and(|word| word.text.eq_ignore_ascii_case(wanted)))
}

struct Word<'a> {
    text: &'a str,
    line: usize,
}

/// The words of a text, without signs of comments and markup; an apostrophe belongs to its word.
fn words(text: &str) -> Vec<Word<'_>> {
    let between = |letter: char| !letter.is_alphanumeric() && letter != '\'';
    let lines = text.lines().zip(1..);
    let words = lines.flat_map(|(content, line)| content.split(between).map(move |text| Word { text, line }));
    words.filter(|word| !word.text.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn laws(text: &str) -> Vec<String> {
        check_file(Path::new("a.rs"), text)
            .into_iter()
            .map(|finding| format!("{} {}", finding.place, finding.law))
            .collect()
    }

    #[test]
    fn a_phrase_is_found_across_lines_and_in_names() {
        assert_eq!(laws("// a stream that has gone\n// mad\nfn lest_it_fails() {}").len(), 2);
        assert!(laws("// The keeper ships at the shelf; this is here.").is_empty());
    }

    #[test]
    fn an_old_name_is_found_as_a_whole() {
        assert_eq!(laws("\nfn refuses_nothing() {}"), ["a.rs:2 refuses_nothing is called refuses_zero now"]);
        assert!(laws("fn refuses_nothing_else() {}").is_empty());
    }
}

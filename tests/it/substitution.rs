//! Every account of every instruction is replaced by every impostor that could stand in for it.
//!
//! Each attack changes one thing in a transaction that succeeds: an account, a flag, the bytes at an address, or two
//! slots become one. The verdicts are `tests/snapshots/substitution.txt`, rewritten by UPDATE_EXPECT=1. A verdict that
//! lets a substitution pass needs a reason in [`harmless`]; a slot that the interface gains is attacked by itself, and
//! fails until its rows are recorded.

use crate::interface::{account_names, instruction_names};
use crate::verdict::words;
use anchor_lang::AccountMeta;
use anchor_lang::prelude::Address;
use anchor_lang::solana_program::instruction::Instruction;
use ballast_testkit::{Failure, Receipt, World};
use expect_test::expect_file;
use impostors::Attack;
use stage::Stage;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::sync::LazyLock;

mod bases;
mod impostors;
mod stage;

/// One attack and its outcome.
struct Row {
    instruction: &'static str,
    slot: String,
    class: String,
    /// `None` if the program accepted it.
    refusal: Option<String>,
}

/// Returns why an accepted substitution does no harm.
fn harmless(row: &Row) -> Option<&'static str> {
    let Row { instruction, slot, class, .. } = row;
    Some(match (*instruction, slot.as_str(), class.as_str()) {
        (_, "(accounts)", "one-too-many") => "an account that is not read changes nothing",
        (_, "(data)", "one-byte-more") => "bytes behind the arguments are not read",
        ("flash_borrow", "destination", _) => "the loan may go to any account, because it must come back",
        ("withdraw" | "withdraw-without-debt" | "borrow", "tokens", "of-another-user" | "approved-for-the-signer")
        | ("voucher_mint", "vouchers", "of-another-user" | "approved-for-the-signer")
        | (_, "destination", "of-another-user" | "approved-for-the-signer") => "the signer chooses the account",
        (_, "tokens" | "destination", "vault-of-the-attackers-market") => {
            "the signer may give tokens away; a donation changes no books"
        }
        (_, "tokens" | "vouchers" | "source", "approved-for-the-signer") => "its holder approved the signer",
        (_, "mint" | "collateral_mint" | "debt_mint", "wrong-owner" | "truncated" | "empty" | "closed") => {
            "a transfer by SPL Token does not read the mint"
        }
        ("deposit" | "deposit-new" | "voucher_burn" | "obligation_settings", "obligation", "another-of-the-owner") => {
            "it also belongs to the signing owner"
        }
        ("withdraw-without-debt", "price", _) => "without debt no price is read",
        ("deposit" | "voucher_burn", "price", _) => "more of an existing collateral needs no price",
        ("change_execute", "price", _) => "only a change of the feed reads it",
        ("repay", "obligation", "of-another-user") => "anybody may repay any debt",
        ("refresh" | "refresh-with-price", "reserve", "another-of-the-market" | "of-the-attackers-market") => {
            "anybody may refresh any reserve"
        }
        ("reserve_tighten" | "pause" | "change_propose", "reserve", "another-of-the-market") => {
            "the signer may do it to every reserve of the market"
        }
        ("change_cancel", "signer", "is authority") => "the authority may cancel its own change",
        ("change_cancel", "change", "another-of-the-market") => "the signer may cancel every change of the market",
        ("assert_price", "reserve", "of-the-attackers-market") => {
            "the signer chooses the reserve; it has the same feed"
        }
        (_, _, "longer") => "a later version's account may be longer; this version reads the same offsets",
        (_, slot, "wrong-owner" | "wrong-discriminator") if slot.starts_with("others") && slot.ends_with("reserve") => {
            "identified by its address, which the obligation recorded; no other program can own it"
        }
        ("flag" | "liquidate", "(accounts)", _) => "others beside the positions are ignored, and any order will do",
        ("flag" | "liquidate", slot, _) if is_other_price(slot) => "an unusable price account counts at the mark",
        _ => return None,
    })
}

fn is_other_price(slot: &str) -> bool {
    slot.starts_with("others") && slot.ends_with("price")
}

/// The purpose of a slot, which decides who may stand in for it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Signer,
    Config,
    Reserve,
    Obligation,
    Vault,
    Tokens,
    Mint,
    /// The voucher mint, and accounts of it.
    VoucherMint,
    Vouchers,
    Price,
    Change,
    Program,
    /// The instructions sysvar.
    Instructions,
    /// An address at which the instruction creates an account.
    New,
    /// An optional account that is not given: the program's own address.
    Absent,
}

impl Kind {
    /// Returns the kind by the name in the interface. An unknown name is a new slot: add it here.
    fn of(instruction: &str, slot: &str) -> Self {
        match (instruction, slot) {
            ("config_init", "config") | ("reserve_init", "reserve" | "vault" | "voucher_mint") => Self::New,
            ("obligation_open", "obligation") | ("change_propose", "change") => Self::New,
            (_, "vouchers") => Self::Vouchers,
            (_, "creator" | "authority" | "owner" | "payer" | "liquidator") => Self::Signer,
            (_, "signer" | "pending_authority") => Self::Signer,
            (_, "change") => Self::Change,
            (_, "voucher_mint") => Self::VoucherMint,
            (_, "instructions") => Self::Instructions,
            (_, "config") => Self::Config,
            (_, "obligation") => Self::Obligation,
            (_, "reserve" | "collateral_reserve" | "debt_reserve") => Self::Reserve,
            (_, "vault" | "collateral_vault" | "debt_vault") => Self::Vault,
            (_, "tokens" | "source" | "destination") => Self::Tokens,
            (_, "mint" | "collateral_mint" | "debt_mint") => Self::Mint,
            (_, "price" | "collateral_price" | "debt_price") => Self::Price,
            (_, "token_program" | "collateral_token_program" | "debt_token_program" | "system_program") => {
                Self::Program
            }
            _ => panic!("no kind is known for {slot} of {instruction}"),
        }
    }

    /// Whether an attack can change the bytes of the account.
    fn has_data(self) -> bool {
        !matches!(self, Self::Signer | Self::Program | Self::New | Self::Instructions | Self::Absent)
    }
}

/// A transaction that succeeds.
struct Base {
    label: &'static str,
    /// In the interface.
    name: &'static str,
    world: World,
    instruction: Instruction,
    /// What the instruction needs around it in its transaction.
    before: Vec<Instruction>,
    after: Vec<Instruction>,
}

impl Base {
    fn new(label: &'static str, name: &'static str, world: World, instruction: Instruction) -> Self {
        Self { label, name, world, instruction, before: Vec::new(), after: Vec::new() }
    }

    /// Returns the slots by name: those of the interface, then the remaining accounts.
    fn slots(&self) -> Vec<(String, Kind)> {
        let named = account_names(self.name);
        let others = self.instruction.accounts.len() - named.len();
        let named = named.into_iter().zip(&self.instruction.accounts).map(|(slot, meta)| {
            let kind = if meta.pubkey == ballast::ID { Kind::Absent } else { Kind::of(self.name, slot) };
            (slot.to_owned(), kind)
        });
        let others = (0..others).map(|n| match n % 2 {
            0 => (format!("others[{}].reserve", n / 2), Kind::Reserve),
            _ => (format!("others[{}].price", n / 2), Kind::Price),
        });
        named.chain(others).collect()
    }

    fn attempt(&self, attack: impl FnOnce(&mut World, &mut Instruction)) -> Result<Receipt, Failure> {
        let (mut world, mut instruction) = (self.world.clone(), self.instruction.clone());
        attack(&mut world, &mut instruction);
        let (before, after) = (self.around(&self.before, &instruction), self.around(&self.after, &instruction));
        world.send_as_anyone(&[before, vec![instruction], after].concat())
    }

    /// Returns the other instructions without the flags that the attack has removed: all instructions of a transaction
    /// share the flags.
    fn around(&self, others: &[Instruction], attacked: &Instruction) -> Vec<Instruction> {
        let mut others = others.to_vec();
        for (meta, genuine) in attacked.accounts.iter().zip(&self.instruction.accounts) {
            let metas = others.iter_mut().flat_map(|other| &mut other.accounts);
            for other in metas.filter(|other| other.pubkey == meta.pubkey && meta.pubkey == genuine.pubkey) {
                other.is_signer &= meta.is_signer || !genuine.is_signer;
                other.is_writable &= meta.is_writable || !genuine.is_writable;
            }
        }
        others
    }

    fn row(&self, slot: &str, class: &str, attack: impl FnOnce(&mut World, &mut Instruction)) -> Row {
        let refusal = self.attempt(attack).err().map(|failure| words(&failure));
        Row { instruction: self.label, slot: slot.to_owned(), class: class.to_owned(), refusal }
    }
}

static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| {
    let stage = Stage::new();
    let mut rows = Vec::new();
    for base in stage.bases() {
        if let Err(failure) = base.attempt(|_, _| ()) {
            panic!("{} succeeds as it is: {failure:#?}", base.label);
        }
        substitute(&stage, &base, &mut rows);
        alias(&base, &mut rows);
        miscount(&base, &mut rows);
    }
    rows
});

/// Replaces or spoils one slot.
fn substitute(stage: &Stage, base: &Base, rows: &mut Vec<Row>) {
    for (index, (slot, kind)) in base.slots().into_iter().enumerate() {
        let mut world = base.world.clone();
        let attacks = stage.attacks(&mut world, base, kind, index);
        let (before, after) = (base.before.clone(), base.after.clone());
        let base = Base { world, instruction: base.instruction.clone(), before, after, ..*base };
        for (class, attack) in attacks {
            rows.push(base.row(&slot, class, |world, instruction| {
                let meta = &mut instruction.accounts[index];
                match attack {
                    Attack::Replace(address) => meta.pubkey = address,
                    Attack::Unsign => meta.is_signer = false,
                    Attack::ReadOnly => meta.is_writable = false,
                    Attack::Spoil(spoil) => {
                        let mut account = world.get(&meta.pubkey);
                        spoil(&mut account);
                        world.set(meta.pubkey, account);
                    }
                }
            }));
        }
    }
}

/// Puts the account of every other slot into every slot.
fn alias(base: &Base, rows: &mut Vec<Row>) {
    let slots = base.slots();
    let address = |index: usize| base.instruction.accounts[index].pubkey;
    for (index, (slot, _)) in slots.iter().enumerate() {
        for (other, (name, _)) in slots.iter().enumerate().filter(|(other, _)| address(*other) != address(index)) {
            rows.push(base.row(slot, &format!("is {name}"), |_, instruction| {
                instruction.accounts[index].pubkey = instruction.accounts[other].pubkey;
            }));
        }
    }
}

/// Sends too few, too many or reordered accounts and argument bytes.
fn miscount(base: &Base, rows: &mut Vec<Row>) {
    let named = account_names(base.name).len();
    let mut accounts = |class: &str, change: fn(&mut Vec<AccountMeta>, usize)| {
        rows.push(base.row("(accounts)", class, |_, instruction| change(&mut instruction.accounts, named)));
    };
    accounts("last-missing", |accounts, _| accounts.truncate(accounts.len() - 1));
    accounts("one-too-many", |accounts, _| accounts.push(AccountMeta::new_readonly(Address::default(), false)));
    if base.instruction.accounts.len() > named {
        accounts("no-others", |accounts, named| accounts.truncate(named));
    }
    if base.instruction.accounts.len() > named + 1 {
        accounts("others-reversed", |accounts, named| accounts[named..].reverse());
        accounts("first-other-twice", |accounts, named| accounts.insert(named, accounts[named].clone()));
        accounts("first-pair-twice", |accounts, named| {
            let pair = accounts[named..named + 2].to_vec();
            accounts.splice(named..named, pair);
        });
        accounts("first-pair-last", |accounts, named| accounts[named..].rotate_left(2));
        accounts("first-pair-at-the-end-again", |accounts, named| accounts.extend_from_within(named..named + 2));
        accounts("reserve-and-price-swapped", |accounts, named| accounts.swap(named, named + 1));
    }
    let mut data = |class: &str, change: fn(&mut Vec<u8>)| {
        rows.push(base.row("(data)", class, |_, instruction| change(&mut instruction.data)));
    };
    data("one-byte-less", |data| data.truncate(data.len() - 1));
    data("one-byte-more", |data| data.push(0));
    data("none", Vec::clear);
    data("unknown-instruction", |data| data[0] ^= 1);
}

#[test]
fn every_substitution_has_its_verdict() {
    let mut table = String::new();
    for row in ROWS.iter() {
        let Row { instruction, slot, class, refusal } = row;
        let verdict = match refusal {
            Some(refusal) => refusal.clone(),
            None => format!("ALLOWED: {}", harmless(row).unwrap_or("UNEXPLAINED")),
        };
        writeln!(table, "{instruction} {slot} {class} -> {verdict}").expect("writing to a string");
    }
    expect_file!["../snapshots/substitution.txt"].assert_eq(&table);
}

#[test]
fn every_accepted_substitution_is_explained() {
    let unexplained: Vec<_> = ROWS.iter().filter(|row| row.refusal.is_none() && harmless(row).is_none()).collect();
    let names: Vec<_> = unexplained.iter().map(|row| [row.instruction, &row.slot, &row.class].join(" ")).collect();
    assert!(names.is_empty(), "accepted without a reason: {names:#?}");
}

#[test]
fn every_account_of_the_interface_is_attacked() {
    for name in instruction_names() {
        for slot in account_names(name) {
            let rows = ROWS.iter().filter(|row| row.instruction == name && row.slot == slot);
            let classes: BTreeSet<_> = rows.map(|row| row.class.as_str()).collect();
            let aliases = classes.iter().filter(|class| class.starts_with("is ")).count();
            assert!(classes.contains("fresh") && classes.len() > 1 + aliases, "{name} {slot}: {classes:?}");
        }
    }
}

#[test]
fn no_substitution_crashes_the_program() {
    let crashed = |row: &&Row| row.refusal.as_ref().is_some_and(|refusal| refusal.contains("ProgramFailedToComplete"));
    let crashes: Vec<_> = ROWS.iter().filter(crashed).map(|row| (row.instruction, &row.slot, &row.class)).collect();
    assert!(crashes.is_empty(), "{crashes:#?}");
}

/// The rows of the snapshot may change; these rules may not.
#[test]
fn no_flag_can_be_dropped_and_no_vault_price_or_program_replaced() {
    for row in ROWS.iter() {
        let Row { instruction, slot, class, refusal } = row;
        let pinned = ["vault", "price", "program", "config", "instructions"].iter().any(|kind| slot.contains(kind));
        let law = class == "unsigned" || class == "read-only" || pinned && class != "longer";
        let unpriced = ["withdraw-without-debt", "deposit", "voucher_burn", "change_execute"];
        let unread = unpriced.contains(instruction) && slot == "price";
        let marked = ["flag", "liquidate"].contains(instruction) && is_other_price(slot) && !class.starts_with("is ");
        let exempt = unread || marked;
        assert!(refusal.is_some() || !law || exempt, "{instruction} {slot} {class} was accepted");
    }
}

//! Every account of every instruction replaced by every impostor that might stand in for it.
//!
//! From a transaction that succeeds, one thing at a time is changed: an account, a flag, the bytes behind an address, two slots made
//! one. The verdicts are `tests/snapshots/substitution.txt`, rewritten by UPDATE_EXPECT=1. A verdict that lets a substitution pass
//! needs a reason in [`harmless`]; a slot that the interface gains is attacked by itself, and fails until its rows are recorded.

use crate::scene::{BTC, ONE_SOL, ONE_USD, SOL, Scene, USD, WEALTH};
use crate::verdict::{IDL, words};
use anchor_lang::AccountMeta;
use anchor_lang::prelude::Address;
use anchor_lang::solana_program::instruction::Instruction;
use ballast::oracle::RECEIVERS;
use ballast_tests::market::{config_init, default_terms};
use ballast_tests::pyth::{Feed, Quotation};
use ballast_tests::user::Pair;
use ballast_tests::world::program_path;
use ballast_tests::{Asset, Failure, Listing, Market, Receipt, User, World};
use expect_test::expect_file;
use solana_account::Account;
use solana_program_pack::Pack;
use solana_signer::Signer;
use spl_token_interface::state as spl;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::sync::LazyLock;

/// One changed transaction and what became of it.
struct Row {
    instruction: &'static str,
    slot: String,
    class: String,
    /// `None`: it was accepted.
    refusal: Option<String>,
}

/// Why an accepted substitution does no harm.
fn harmless(row: &Row) -> Option<&'static str> {
    let Row { instruction, slot, class, .. } = row;
    Some(match (*instruction, slot.as_str(), class.as_str()) {
        (_, "(accounts)", "one-too-many") => "an account that is not read changes nothing",
        (_, "(data)", "one-byte-more") => "bytes behind the arguments are not read",
        (_, "destination", "of-another-user" | "approved-for-the-signer") => "the signer names who gets his tokens",
        (_, "destination", "vault-of-the-attackers-market") => {
            "the signer may give his tokens away; a donation moves no books"
        }
        ("deposit" | "repay" | "liquidate", "source", "approved-for-the-signer") => "its holder approved the signer",
        ("deposit", "obligation", "another-of-the-owner") => "it is the signing owner's too",
        ("withdraw-without-debt", "price", _) => "without debt no price is read",
        ("repay", "obligation", "of-another-user") => "anybody may pay anybody's debt",
        ("refresh", "reserve", "another-of-the-market" | "of-the-attackers-market") => {
            "anybody may refresh any reserve"
        }
        (_, _, "longer") => "a later version's account may have grown; what this version reads stands where it stood",
        (_, slot, "wrong-owner" | "wrong-discriminator") if slot.starts_with("others") && slot.ends_with("reserve") => {
            "known by its address, which the obligation recorded; no other program can own it"
        }
        _ => return None,
    })
}

/// What a slot is for decides who may try to stand in for it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Signer,
    Config,
    Reserve,
    Obligation,
    Vault,
    Tokens,
    Mint,
    Price,
    Program,
    /// An address at which the instruction creates an account.
    New,
}

impl Kind {
    /// By the name in the interface. An unknown name is a new slot: say here what it is for.
    fn of(instruction: &str, slot: &str) -> Self {
        match (instruction, slot) {
            ("config_init", "config") | ("reserve_init", "reserve" | "vault" | "voucher_mint") => Self::New,
            ("obligation_open", "obligation") => Self::New,
            (_, "creator" | "authority" | "owner" | "payer" | "liquidator") => Self::Signer,
            (_, "config") => Self::Config,
            (_, "obligation") => Self::Obligation,
            (_, "reserve" | "collateral_reserve" | "debt_reserve") => Self::Reserve,
            (_, "vault" | "collateral_vault" | "debt_vault") => Self::Vault,
            (_, "source" | "destination") => Self::Tokens,
            (_, "mint") => Self::Mint,
            (_, "price" | "collateral_price" | "debt_price") => Self::Price,
            (_, "token_program" | "system_program") => Self::Program,
            _ => panic!("what is {slot} of {instruction} for?"),
        }
    }

    /// Whether the account has bytes that can be spoiled where they stand.
    fn has_data(self) -> bool {
        !matches!(self, Self::Signer | Self::Program | Self::New)
    }
}

/// A change to one slot.
enum Attack {
    /// Another address, its account given.
    Replace(Address),
    /// The same address, its account spoiled.
    Spoil(fn(&mut Account)),
    Unsign,
    ReadOnly,
}

/// A transaction that succeeds.
struct Base {
    label: &'static str,
    /// In the interface.
    name: &'static str,
    world: World,
    instruction: Instruction,
}

impl Base {
    /// The slots by name: those of the interface, then the remaining accounts.
    fn slots(&self) -> Vec<(String, Kind)> {
        let named = named_slots(self.name);
        let others = self.instruction.accounts.len() - named.len();
        let named = named.into_iter().map(|slot| (slot.to_owned(), Kind::of(self.name, slot)));
        let others = (0..others).map(|n| match n % 2 {
            0 => (format!("others[{}].reserve", n / 2), Kind::Reserve),
            _ => (format!("others[{}].price", n / 2), Kind::Price),
        });
        named.chain(others).collect()
    }

    fn attempt(&self, attack: impl FnOnce(&mut World, &mut Instruction)) -> Result<Receipt, Failure> {
        let (mut world, mut instruction) = (self.world.clone(), self.instruction.clone());
        attack(&mut world, &mut instruction);
        world.send_as_anyone(instruction)
    }

    fn row(&self, slot: &str, class: &str, attack: impl FnOnce(&mut World, &mut Instruction)) -> Row {
        let refusal = self.attempt(attack).err().map(|failure| words(&failure));
        Row { instruction: self.label, slot: slot.to_owned(), class: class.to_owned(), refusal }
    }
}

fn named_slots(instruction: &str) -> Vec<&'static str> {
    let instructions = IDL["instructions"].as_array().expect("instructions");
    let found = instructions.iter().find(|entry| entry["name"] == instruction).expect("an instruction");
    let accounts = found["accounts"].as_array().expect("accounts");
    accounts.iter().map(|account| account["name"].as_str().expect("a name")).collect()
}

/// A victim, an attacker with a market of his own, and another user, all with positions.
struct Stage {
    world: World,
    market: Market,
    victim: User,
    other: User,
    attacker: User,
    /// The attacker's market lists the same mints under the same feeds.
    foreign: Market,
    foreign_attacker: User,
    fake_program: Address,
}

impl Stage {
    fn new() -> Self {
        let Scene { mut world, market, lender: other, borrower: victim } = Scene::indebted();
        let attacker = User::new(&mut world, &market, WEALTH);
        attacker.deposit(&mut world, &market, SOL, 100 * ONE_SOL).expect("deposit");
        attacker.borrow(&mut world, &market, USD, ONE_USD).expect("borrow");
        let foreign = foreign_market(&mut world, &market);
        let foreign_attacker = foreign_user(&mut world, &foreign, &attacker);
        let fake_program = world.address();
        world.svm.add_program_from_file(fake_program, program_path()).expect("a program");
        let second = victim.open(&market, 1);
        world.send(&[second], &[&victim.key]).expect("obligation_open");
        Self { world, market, victim, other, attacker, foreign, foreign_attacker, fake_program }
    }

    fn second(&self) -> Address {
        ballast::seeds::obligation_address(&self.market.config, &self.victim.address(), 1)
    }
}

/// A whole market whose authority is the attacker.
fn foreign_market(world: &mut World, market: &Market) -> Market {
    let mut foreign = Market::new(world);
    for asset in &market.assets {
        let reserve = ballast::seeds::reserve_address(&foreign.config, &asset.mint);
        let vault = ballast::seeds::vault_address(&reserve);
        let listed = Asset { reserve, vault, ..*asset };
        let list = foreign.reserve_init(&listed, &Listing::new(asset.decimals, 1.0));
        world.send(&[list], &[&foreign.authority]).expect("reserve_init");
        foreign.assets.push(listed);
    }
    foreign
}

/// The attacker's obligation in his own market.
fn foreign_user(world: &mut World, foreign: &Market, attacker: &User) -> User {
    let obligation = ballast::seeds::obligation_address(&foreign.config, &attacker.address(), 0);
    let user = User { obligation, ..attacker.clone() };
    world.send(&[user.open(foreign, 0)], &[&user.key]).expect("obligation_open");
    for asset in [SOL, BTC] {
        user.deposit(world, foreign, asset, ONE_SOL).expect("deposit");
    }
    user
}

/// The genuine transactions, in the order of the instructions.
impl Stage {
    fn bases(&self) -> Vec<Base> {
        let Self { world, market, victim, other, .. } = self;
        let base = |label, name, instruction| Base { label, name, world: world.clone(), instruction };
        let mut close = victim.close();
        close.accounts[1].pubkey = self.second();
        let mut refresh = victim.repay_ix(market, victim.obligation, SOL, 1);
        refresh.accounts = vec![refresh.accounts[2].clone()];
        refresh.data = anchor_lang::InstructionData::data(&ballast::instruction::Refresh {});
        vec![
            self.config_init(),
            self.reserve_init(),
            base("obligation_open", "obligation_open", victim.open(market, 2)),
            base("obligation_close", "obligation_close", close),
            base("deposit", "deposit", victim.deposit_ix(market, SOL, ONE_SOL)),
            base("withdraw", "withdraw", victim.withdraw_ix(world, market, SOL, ONE_SOL)),
            self.withdraw_without_debt(),
            base("borrow", "borrow", victim.borrow_ix(world, market, USD, ONE_USD)),
            base("repay", "repay", victim.repay_ix(market, victim.obligation, USD, ONE_USD)),
            base("refresh", "refresh", refresh),
            self.liquidate(other),
        ]
    }

    fn config_init(&self) -> Base {
        let mut world = self.world.clone();
        let creator = world.wallet().pubkey();
        let instruction = config_init(&creator, default_terms());
        Base { label: "config_init", name: "config_init", world, instruction }
    }

    fn reserve_init(&self) -> Base {
        let mut world = self.world.clone();
        let (listing, mint) = (Listing::new(6, 3.0), world.mint(6));
        let feed = Feed::new(mint.to_bytes());
        world.publish(&feed, &Quotation::calm(listing.dollars, world.now()));
        let asset = Asset::new(&world, &self.market.config, mint, feed);
        let instruction = self.market.reserve_init(&asset, &listing);
        Base { label: "reserve_init", name: "reserve_init", world, instruction }
    }

    /// From the victim's second obligation, which owes nothing.
    fn withdraw_without_debt(&self) -> Base {
        let mut world = self.world.clone();
        let second = User { obligation: self.second(), ..self.victim.clone() };
        second.deposit(&mut world, &self.market, SOL, 2 * ONE_SOL).expect("deposit");
        let instruction = second.withdraw_ix(&world, &self.market, SOL, ONE_SOL);
        Base { label: "withdraw-without-debt", name: "withdraw", world, instruction }
    }

    fn liquidate(&self, liquidator: &User) -> Base {
        let mut world = self.world.clone();
        self.market.set_price(&mut world, SOL, 30.0);
        let pair = Pair { collateral: SOL, debt: USD };
        let instruction = liquidator.liquidate_ix(&world, &self.market, self.victim.obligation, pair, 1_000 * ONE_USD);
        Base { label: "liquidate", name: "liquidate", world, instruction }
    }
}

/// The impostors.
impl Stage {
    /// Everything that is tried on a slot, new accounts for it put into the world.
    fn attacks(&self, world: &mut World, base: &Base, kind: Kind, index: usize) -> Vec<(&'static str, Attack)> {
        let (meta, signer) = (&base.instruction.accounts[index], base.instruction.accounts[0].pubkey);
        let mut attacks = vec![("fresh", Attack::Replace(world.address()))];
        attacks.extend(
            self.relatives(world, kind, meta, signer).into_iter().map(|(class, key)| (class, Attack::Replace(key))),
        );
        if kind.has_data() {
            attacks.push(("copy-owned-by-a-program-of-the-attacker", Attack::Replace(self.copy(world, meta))));
            attacks.push(("wrong-owner", Attack::Spoil(|account| account.owner = Address::from([7; 32]))));
            // By two bytes, because the last one of a price account is unused.
            attacks.push(("truncated", Attack::Spoil(|account| account.data.truncate(account.data.len() - 2))));
            attacks.push(("empty", Attack::Spoil(|account| account.data.clear())));
            attacks.push(("closed", Attack::Spoil(|account| *account = Account::default())));
        }
        if matches!(kind, Kind::Config | Kind::Reserve | Kind::Obligation | Kind::Price) {
            attacks.push(("wrong-discriminator", Attack::Spoil(|account| account.data[0] ^= 1)));
            attacks.push(("longer", Attack::Spoil(|account| account.data.extend([0; 8]))));
        }
        if matches!(kind, Kind::Config | Kind::Reserve | Kind::Obligation) {
            attacks.push(("of-a-later-version", Attack::Spoil(|account| account.data[8] += 1)));
        }
        attacks.extend(spoiled(kind));
        if meta.is_signer {
            attacks.push(("unsigned", Attack::Unsign));
        }
        if meta.is_writable {
            attacks.push(("read-only", Attack::ReadOnly));
        }
        attacks
    }

    /// Genuine accounts that belong elsewhere.
    fn relatives(
        &self,
        world: &mut World,
        kind: Kind,
        meta: &AccountMeta,
        signer: Address,
    ) -> Vec<(&'static str, Address)> {
        let asset = self.asset_of(world, &meta.pubkey);
        let next = (asset + 1) % self.market.assets.len();
        let (here, there) = (&self.market.assets, &self.foreign.assets);
        match kind {
            Kind::Signer => vec![("attacker", self.attacker.address())],
            Kind::Config => vec![("of-the-attackers-market", self.foreign.config), ("a-reserve", here[SOL].reserve)],
            Kind::Reserve => vec![
                ("of-the-attackers-market", there[asset].reserve),
                ("another-of-the-market", here[next].reserve),
                ("a-config", self.market.config),
            ],
            Kind::Obligation => vec![
                ("of-another-user", self.attacker.obligation),
                (
                    "another-of-the-owner",
                    if meta.pubkey == self.second() { self.victim.obligation } else { self.second() },
                ),
                ("of-the-attackers-market", self.foreign_attacker.obligation),
                ("a-reserve", here[SOL].reserve),
            ],
            Kind::Vault => vec![
                ("of-the-attackers-market", there[asset].vault),
                ("another-of-the-market", here[next].vault),
                ("attackers-tokens", self.attacker.tokens[asset]),
                ("victims-tokens", self.victim.tokens[asset]),
            ],
            Kind::Tokens => vec![
                ("of-another-user", self.attacker.tokens[asset]),
                ("of-another-mint", self.victim.tokens[next]),
                ("another-vault", here[next].vault),
                ("vault-of-the-attackers-market", there[asset].vault),
                ("approved-for-the-signer", self.approved(world, asset, signer)),
            ],
            Kind::Mint => vec![("another-mint", here[SOL].mint), ("a-token-account", self.attacker.tokens[SOL])],
            Kind::Price => vec![
                ("another-feed", here[next].feed.address),
                ("same-price-posted-elsewhere", self.posted_elsewhere(world, meta)),
            ],
            Kind::Program => vec![
                ("fake-program", self.fake_program),
                ("not-executable", self.attacker.tokens[SOL]),
                ("token-2022", "TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb".parse().expect("an address")),
                ("compute-budget", "ComputeBudget111111111111111111111111111111".parse().expect("an address")),
            ],
            Kind::New => vec![
                ("existing", here[SOL].reserve),
                ("existing-obligation", self.attacker.obligation),
                ("existing-config", self.foreign.config),
                ("existing-vault", here[SOL].vault),
            ],
        }
    }

    /// Which asset an account is about; the first for what is about none.
    fn asset_of(&self, world: &World, address: &Address) -> usize {
        let mint = spl::Account::unpack(&world.get(address).data).map_or(Address::default(), |account| account.mint);
        let about =
            |asset: &Asset| [asset.reserve, asset.vault, asset.feed.address].contains(address) || asset.mint == mint;
        self.market.assets.iter().position(about).unwrap_or(SOL)
    }

    fn copy(&self, world: &mut World, meta: &AccountMeta) -> Address {
        let address = world.address();
        let account = Account { owner: self.fake_program, ..world.get(&meta.pubkey) };
        world.set(address, account);
        address
    }

    /// Anybody may post a verified price at an address of his own.
    fn posted_elsewhere(&self, world: &mut World, meta: &AccountMeta) -> Address {
        let address = world.address();
        let account = world.get(&meta.pubkey);
        world.set(address, account);
        address
    }

    /// The attacker's tokens, which he lets the instruction's signer spend.
    fn approved(&self, world: &mut World, asset: usize, signer: Address) -> Address {
        let address = world.tokens(&self.market.assets[asset].mint, &self.attacker.address(), WEALTH);
        let mut account = world.get(&address);
        let mut tokens = spl::Account::unpack(&account.data).expect("a token account");
        tokens.delegate = Some(signer).into();
        tokens.delegated_amount = WEALTH;
        Pack::pack(tokens, &mut account.data).expect("packs");
        world.set(address, account);
        address
    }
}

/// What can be wrong with an account of a kind where it stands.
fn spoiled(kind: Kind) -> Vec<(&'static str, Attack)> {
    /// Offsets in Pyth's account and in a token account.
    const VERIFICATION: usize = 40;
    const FEED_ID: usize = 41;
    const TOKEN_STATE: usize = 108;
    const FROZEN: u8 = 2;
    match kind {
        Kind::Price => vec![
            ("owned-by-the-other-receiver", Attack::Spoil(|account| account.owner = RECEIVERS[1].owner)),
            ("partially-verified", Attack::Spoil(|account| account.data[VERIFICATION] = 0)),
            ("of-another-feed-id", Attack::Spoil(|account| account.data[FEED_ID] ^= 1)),
        ],
        Kind::Vault | Kind::Tokens => {
            vec![("frozen", Attack::Spoil(|account| account.data[TOKEN_STATE] = FROZEN))]
        }
        _ => Vec::new(),
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

/// One slot, one impostor.
fn substitute(stage: &Stage, base: &Base, rows: &mut Vec<Row>) {
    for (index, (slot, kind)) in base.slots().into_iter().enumerate() {
        let mut world = base.world.clone();
        let attacks = stage.attacks(&mut world, base, kind, index);
        let base = Base { world, instruction: base.instruction.clone(), ..*base };
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

/// Every slot with the account of every other.
fn alias(base: &Base, rows: &mut Vec<Row>) {
    let slots = base.slots();
    for (index, (slot, _)) in slots.iter().enumerate() {
        for (other, (name, _)) in slots.iter().enumerate().filter(|(other, _)| *other != index) {
            rows.push(base.row(slot, &format!("is {name}"), |_, instruction| {
                instruction.accounts[index].pubkey = instruction.accounts[other].pubkey;
            }));
        }
    }
}

/// Accounts and argument bytes too few, too many, in another order.
fn miscount(base: &Base, rows: &mut Vec<Row>) {
    let named = named_slots(base.name).len();
    let mut accounts = |class: &str, change: fn(&mut Vec<AccountMeta>, usize)| {
        rows.push(base.row("(accounts)", class, |_, instruction| change(&mut instruction.accounts, named)));
    };
    accounts("last-missing", |accounts, _| accounts.truncate(accounts.len() - 1));
    accounts("one-too-many", |accounts, _| accounts.push(AccountMeta::new_readonly(Address::default(), false)));
    if base.instruction.accounts.len() > named {
        accounts("no-others", |accounts, named| accounts.truncate(named));
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
    for instruction in IDL["instructions"].as_array().expect("instructions") {
        let name = instruction["name"].as_str().expect("a name");
        for slot in named_slots(name) {
            let rows = ROWS.iter().filter(|row| row.instruction == name && row.slot == slot);
            let classes: BTreeSet<_> = rows.map(|row| row.class.as_str()).collect();
            let aliases = named_slots(name).len() - 1;
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

/// The rows of the snapshot may be rewritten; these laws may not.
#[test]
fn no_flag_can_be_dropped_and_no_vault_price_or_program_replaced() {
    for row in ROWS.iter() {
        let Row { instruction, slot, class, refusal } = row;
        let pinned = ["vault", "price", "program", "config"].iter().any(|kind| slot.contains(kind));
        let law = class == "unsigned" || class == "read-only" || pinned && class != "longer";
        let exempt = *instruction == "withdraw-without-debt" && slot == "price";
        assert!(refusal.is_some() || !law || exempt, "{instruction} {slot} {class} was accepted");
    }
}

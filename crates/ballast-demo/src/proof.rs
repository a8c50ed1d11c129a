//! The books: every token is accounted for. The checks compare three independent sources: the token program's accounts,
//! the ledgers inside the reserves, and the events.

use crate::figures::{exact, grouped};
use crate::scenario::ASSETS;
use crate::stage::Stage;
use crate::valuation::pool;
use anyhow::Result;
use ballast_client::Snapshot;
use ballast_core::ledger::Ledger;
use ballast_core::math::Q64;
use ballast_core::positions::Holding;
use num_bigint::BigUint;
use serde::Serialize;

/// A claim, its numbers, and whether it holds.
#[derive(Clone, Debug, Serialize)]
pub struct Check {
    pub claim: &'static str,
    /// The asset or other subject of the claim.
    pub about: &'static str,
    pub numbers: String,
    pub ok: bool,
}

/// How often a claim held.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Count {
    pub held: usize,
    pub of: usize,
}

impl Count {
    pub fn add(&mut self, held: bool) {
        self.held += usize::from(held);
        self.of += 1;
    }

    pub fn check(&self, claim: &'static str, about: &'static str, what: &str) -> Check {
        let numbers = format!("{} of {} {what}", grouped(&self.held.to_string()), grouped(&self.of.to_string()));
        Check { claim, about, numbers, ok: self.held == self.of }
    }
}

/// The value of a supply share, reading by reading.
pub struct SharePrices {
    readings: usize,
    first: [u128; ASSETS.len()],
    last: [u128; ASSETS.len()],
    falls: [usize; ASSETS.len()],
    haircuts: usize,
}

impl Default for SharePrices {
    fn default() -> Self {
        let zero = [0; ASSETS.len()];
        Self { readings: 0, first: [Q64; ASSETS.len()], last: zero, falls: [0; ASSETS.len()], haircuts: 0 }
    }
}

impl SharePrices {
    /// Takes a reading. A fall counts unless suppliers bore a write-off since the last reading.
    pub fn read(&mut self, stage: &Stage, snapshot: &Snapshot) {
        let haircuts = &stage.chain.haircuts[self.haircuts..];
        for asset in 0..ASSETS.len() {
            let now = pool(snapshot, asset).ledger.indices_at(snapshot.moment.unix_timestamp).supply.0;
            let excused = haircuts.contains(&stage.market.assets[asset].reserve);
            self.falls[asset] += usize::from(now < self.last[asset] && !excused);
            self.last[asset] = now;
        }
        self.haircuts = stage.chain.haircuts.len();
        self.readings += 1;
    }

    fn check(&self, asset: usize) -> Check {
        let share = |index: u128| index as f64 / Q64 as f64;
        let numbers = format!(
            "{:.9} at the start, {:.9} now, {} falls in {} readings",
            share(self.first[asset]),
            share(self.last[asset]),
            self.falls[asset],
            self.readings
        );
        check("a supply share never lost value, write-offs aside", asset, numbers, self.falls[asset] == 0)
    }
}

/// Checks every claim about tokens for every asset.
pub fn books(stage: &Stage, shares: &SharePrices) -> Result<Vec<Check>> {
    let snapshot = stage.snapshot()?;
    let claims: [fn(&Stage, &Snapshot, usize) -> Check; 6] = [minted, conserved, vault, replayed, divided, solvent];
    let mut checks = Vec::new();
    for claim in claims {
        checks.extend((0..ASSETS.len()).map(|asset| claim(stage, &snapshot, asset)));
    }
    checks.extend((0..ASSETS.len()).map(|asset| shares.check(asset)));
    Ok(checks)
}

fn check(claim: &'static str, asset: usize, numbers: String, ok: bool) -> Check {
    Check { claim, about: ASSETS[asset].symbol, numbers, ok }
}

fn minted(stage: &Stage, _: &Snapshot, asset: usize) -> Check {
    let world = &stage.chain.world;
    let wallets = stage.people.iter().map(|person| u128::from(person.user.balance(world, asset)));
    let held = wallets.sum::<u128>() + u128::from(stage.vault(asset));
    let supply = u128::from(world.token_supply(&stage.market.assets[asset].mint));
    let accounts = stage.people.len() + 1;
    let numbers = format!("{accounts} accounts hold {}, minted {}", exact(asset, held), exact(asset, supply));
    check("all token accounts together hold what was minted", asset, numbers, held == supply)
}

fn conserved(stage: &Stage, _: &Snapshot, asset: usize) -> Check {
    let world = &stage.chain.world;
    let gains = stage
        .people
        .iter()
        .map(|person| i128::from(person.user.balance(world, asset)) - i128::from(person.minted[asset]));
    let people: i128 = gains.sum();
    let vault = i128::from(stage.vault(asset));
    let numbers = format!("people {}, vault {}", signed(asset, people), signed(asset, vault));
    check("what people gained, the vault lost, and the other way round", asset, numbers, people + vault == 0)
}

fn vault(stage: &Stage, snapshot: &Snapshot, asset: usize) -> Check {
    let (vault, cash) = (stage.vault(asset), pool(snapshot, asset).ledger.cash_atoms);
    let numbers = format!("vault {}, ledger {}", exact(asset, u128::from(vault)), exact(asset, u128::from(cash)));
    check("the vault holds the ledger's cash", asset, numbers, vault == cash)
}

/// Adds up all events: they alone give the cash and every wallet.
fn replayed(stage: &Stage, snapshot: &Snapshot, asset: usize) -> Check {
    let reserve = stage.market.assets[asset].reserve;
    let movements: Vec<_> = stage.chain.movements.iter().filter(|movement| movement.reserve == reserve).collect();
    let cash: i128 = movements.iter().map(|movement| movement.into_vault).sum();
    let shares: i128 = movements.iter().map(|movement| movement.supply_shares).sum();
    let mut wallets = Count::default();
    for person in &stage.people {
        let own = [person.user.address(), person.user.obligation];
        let paid = movements.iter().filter(|movement| own.contains(&movement.who)).map(|movement| movement.into_vault);
        let expected = i128::from(person.minted[asset]) - paid.sum::<i128>();
        wallets.add(expected == i128::from(person.user.balance(&stage.chain.world, asset)));
    }
    let ledger = &pool(snapshot, asset).ledger;
    let numbers = format!(
        "{} movements: cash {}, {} of {} wallets",
        movements.len(),
        signed(asset, cash),
        wallets.held,
        wallets.of
    );
    let agrees = cash == i128::from(ledger.cash_atoms) && shares == i128::from(ledger.supply_shares);
    check(
        "the events alone give the ledger's cash and every wallet",
        asset,
        numbers,
        agrees && wallets.held == wallets.of,
    )
}

/// The ledger's shares are the sum of the obligations' shares.
fn divided(stage: &Stage, snapshot: &Snapshot, asset: usize) -> Check {
    let pool = pool(snapshot, asset);
    let (mut supply, mut debt) = (0u128, BigUint::ZERO);
    for person in 0..stage.people.len() {
        let positions = stage.positions(person);
        for position in positions.as_slice().iter().filter(|position| position.reserve == pool.id) {
            match position.holding() {
                Holding::Collateral(shares) => supply += u128::from(shares.0),
                Holding::Debt(shares) => debt += shares.0,
            }
        }
    }
    let ledger = &pool.ledger;
    let ok = supply == u128::from(ledger.supply_shares) && debt == BigUint::from(ledger.debt_shares.get());
    let numbers = format!("{} supply shares, {} debt shares", grouped(&supply.to_string()), grouped(&debt.to_string()));
    check("every share of supply and debt belongs to an obligation", asset, numbers, ok)
}

/// Compares without rounding, in units of 2^-96 atoms.
fn solvent(_: &Stage, snapshot: &Snapshot, asset: usize) -> Check {
    let mut ledger = pool(snapshot, asset).ledger;
    ledger.accrue(snapshot.moment.unix_timestamp);
    let (assets, owed) = (assets(&ledger), owed(&ledger));
    let whole = |value: &BigUint| u128::try_from(value >> 96u32).unwrap_or(u128::MAX);
    let numbers =
        format!("cash + debt {}, claims + insurance {}", exact(asset, whole(&assets)), exact(asset, whole(&owed)));
    check("cash and debt cover the suppliers' claims and the insurance", asset, numbers, assets >= owed)
}

fn assets(ledger: &Ledger) -> BigUint {
    (BigUint::from(ledger.cash_atoms) << 96u32)
        + BigUint::from(ledger.debt_shares.get()) * BigUint::from(ledger.debt_index.get())
}

fn owed(ledger: &Ledger) -> BigUint {
    ((BigUint::from(ledger.supply_shares) * BigUint::from(ledger.supply_index.get())) << 32u32)
        + (BigUint::from(ledger.insurance_atoms) << 96u32)
}

fn signed(asset: usize, atoms: i128) -> String {
    let sign = if atoms < 0 { "-" } else { "+" };
    format!("{sign}{}", exact(asset, atoms.unsigned_abs()))
}

//! The books: every token is accounted for. Three sources that know nothing of each other are held together: the token program's
//! accounts, the ledgers inside the reserves, and the events.

use crate::figures::{exact, grouped};
use crate::scenario::ASSETS;
use crate::snapshot::Snapshot;
use crate::stage::Stage;
use anyhow::Result;
use ballast_core::ledger::Ledger;
use ballast_core::math::Q64;
use ballast_core::positions::Holding;
use num_bigint::BigUint;
use serde::Serialize;

/// A claim, the numbers it is made of, and whether it holds.
#[derive(Clone, Debug, Serialize)]
pub struct Check {
    pub claim: &'static str,
    /// An asset, or what else the claim is about.
    pub about: &'static str,
    pub numbers: String,
    pub ok: bool,
}

/// How often something held.
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

/// What a supply share was worth, reading by reading.
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
    /// Takes a reading. A fall counts unless a write-off that reached the suppliers has been told since the last one.
    pub fn read(&mut self, stage: &Stage, snapshot: &Snapshot) {
        let told = &stage.chain.haircuts[self.haircuts..];
        for (asset, pool) in snapshot.pools.iter().enumerate() {
            let now = pool.ledger.indices_at(snapshot.now).supply.0;
            let excused = told.contains(&stage.market.assets[asset].reserve);
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

/// All claims about tokens, one per asset each.
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
    check("what people gained and lost, the vault lost and gained", asset, numbers, people + vault == 0)
}

fn vault(stage: &Stage, snapshot: &Snapshot, asset: usize) -> Check {
    let (vault, cash) = (stage.vault(asset), snapshot.pools[asset].ledger.cash_atoms);
    let numbers = format!("vault {}, ledger {}", exact(asset, u128::from(vault)), exact(asset, u128::from(cash)));
    check("the vault holds the cash that the ledger knows", asset, numbers, vault == cash)
}

/// The events alone, from the first, give the cash and every wallet.
fn replayed(stage: &Stage, snapshot: &Snapshot, asset: usize) -> Check {
    let reserve = stage.market.assets[asset].reserve;
    let movements: Vec<_> = stage.chain.movements.iter().filter(|movement| movement.reserve == reserve).collect();
    let cash: i128 = movements.iter().map(|movement| movement.into_vault).sum();
    let shares: i128 = movements.iter().map(|movement| movement.supply_shares).sum();
    let mut wallets = Count::default();
    for person in &stage.people {
        let own = [person.user.address(), person.user.obligation];
        let paid = movements.iter().filter(|movement| own.contains(&movement.who)).map(|movement| movement.into_vault);
        let told = i128::from(person.minted[asset]) - paid.sum::<i128>();
        wallets.add(told == i128::from(person.user.balance(&stage.chain.world, asset)));
    }
    let ledger = &snapshot.pools[asset].ledger;
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

/// The ledger's shares are the obligations' shares.
fn divided(stage: &Stage, snapshot: &Snapshot, asset: usize) -> Check {
    let pool = &snapshot.pools[asset];
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

/// Compared without rounding, in units of 2^-96 atoms.
fn solvent(_: &Stage, snapshot: &Snapshot, asset: usize) -> Check {
    let mut ledger = snapshot.pools[asset].ledger;
    ledger.accrue(snapshot.now);
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

//! What holds after every action, whatever core and program agree upon.

use crate::arena::{ASSETS, ATTACKER, USERS};
use crate::fuzz_action::FuzzAction;
use crate::state::State;
use ballast_core::ledger::Ledger;
use ballast_core::op::liquidate::Seizure;
use ballast_core::positions::Side;
use ballast_core::price::PriceUse;
use ballast_testkit::user::AssetPair;
use num_bigint::{BigInt, BigUint};

pub type Finding = Result<(), String>;

fn require(holds: bool, what: impl FnOnce() -> String) -> Finding {
    if holds { Ok(()) } else { Err(what()) }
}

/// What the books say of one state, with all donations so far.
pub fn books(state: &State, donated: &[u64; ASSETS], minted: &[u128; ASSETS]) -> Finding {
    for asset in 0..ASSETS {
        let (pool, tokens) = (&state.reserves[asset].pool, &state.tokens);
        let (ledger, id) = (&pool.ledger, &pool.id);
        let held = tokens.vaults[asset];
        require(held == ledger.cash_atoms + donated[asset], || {
            format!("vault {asset} holds {held}, the books {} and {} donated", ledger.cash_atoms, donated[asset])
        })?;
        let wallets: u128 = tokens.wallets.iter().map(|wallet| u128::from(wallet[asset])).sum();
        let all = wallets + u128::from(held) + u128::from(tokens.fees[asset]);
        require(all == minted[asset], || format!("{all} tokens of {asset} where {} were minted", minted[asset]))?;

        let positions = || state.obligations.iter().map(|obligation| &obligation.positions);
        let supplied: u128 = positions().map(|positions| u128::from(positions.collateral(id).0)).sum();
        let vouchers: u128 = tokens.vouchers.iter().map(|vouchers| u128::from(vouchers[asset])).sum();
        require(vouchers == u128::from(tokens.voucher_supply[asset]), || format!("vouchers of {asset} from nowhere"))?;
        require(supplied + vouchers == u128::from(ledger.supply_shares), || format!("supply shares of {asset}"))?;
        let owed: u128 = positions().map(|positions| positions.debt(id).0).sum();
        require(owed == ledger.debt_shares.get(), || format!("debt shares of {asset}"))?;
        require(pool.flash_atoms == 0, || format!("a flash loan of {asset} is left open"))?;
        require(ledger.invariant().is_ok() && is_solvent(ledger), || format!("{asset} is insolvent: {ledger:?}"))?;
    }
    state.obligations.iter().enumerate().try_for_each(|(seat, obligation)| {
        let positions = obligation.positions.as_slice();
        let twice = (1..positions.len())
            .any(|n| positions[..n].iter().any(|position| position.reserve == positions[n].reserve));
        require(obligation.positions.invariant().is_ok() && !twice, || format!("the positions of {seat} are unsound"))
    })
}

/// INV-1 in exact numbers: `cash + debt >= claims + insurance`.
fn is_solvent(ledger: &Ledger) -> bool {
    let whole = |atoms: u64| BigUint::from(atoms) << 96;
    let debt = BigUint::from(ledger.debt_shares.get()) * ledger.debt_index.get();
    let claims = (BigUint::from(ledger.supply_shares) * ledger.supply_index.get()) << 32;
    whole(ledger.cash_atoms) + debt >= claims + whole(ledger.insurance_atoms)
}

/// What one action may have changed.
pub fn transition(before: &State, after: &State, action: &FuzzAction, seized: &[(AssetPair, Seizure)]) -> Finding {
    for asset in 0..ASSETS {
        let [old, new] = [before, after].map(|state| state.reserves[asset].pool.ledger);
        let lost = seized.iter().any(|(pair, seizure)| pair.debt == asset && seizure.write_off.shares.0 > 0);
        require(new.debt_index.get() >= old.debt_index.get(), || format!("the debt index of {asset} fell"))?;
        let fell = new.supply_index.get() < old.supply_index.get();
        require(!fell || lost, || format!("the supply index of {asset} fell"))?;
    }
    for seat in 0..before.obligations.len() {
        require(is_left_alone(before, after, action, seat), || format!("{seat} was healthy and lost collateral"))?;
    }
    Ok(())
}

/// Whether an obligation has kept its collateral, or its owner has taken it, or it was unhealthy.
fn is_left_alone(before: &State, after: &State, action: &FuzzAction, seat: usize) -> bool {
    let [old, new] = [before, after].map(|state| &state.obligations[seat].positions);
    let id = |asset: usize| &before.reserves[asset].pool.id;
    if (0..ASSETS).all(|asset| new.collateral(id(asset)) >= old.collateral(id(asset))) {
        return true;
    }
    let takes = |action: &FuzzAction| {
        action.seat() == Some(seat) && matches!(action, FuzzAction::Withdraw { .. } | FuzzAction::VoucherMint { .. })
    };
    let taken = action.parts().iter().any(takes);
    let healthy =
        || before.totals(seat, &[], PriceUse::Liquidation).is_ok_and(|totals| totals.maintenance.covers_debt());
    taken || !healthy()
}

/// At constant prices and within one second no user gets richer by their own actions, and the attacker not by those of
/// others either.
pub fn wealth(before: &State, after: &State, action: &FuzzAction, seized: &[(AssetPair, Seizure)]) -> Finding {
    if before.now != after.now || matches!(action, FuzzAction::Price { .. }) {
        return Ok(());
    }
    let owner = |seat: usize| before.users.iter().position(|user| *user == before.obligations[seat].owner);
    let to_attacker = |action: &FuzzAction| action.seat().is_some_and(|seat| owner(seat) == Some(ATTACKER));
    let given_by_others = action.actor() != Some(ATTACKER) && action.parts().iter().any(to_attacker);
    let watched = [action.actor(), (!given_by_others).then_some(ATTACKER)];
    for user in watched.into_iter().flatten() {
        let gain = fortune(after, user) - fortune(before, user);
        let own = action.actor() == Some(user);
        let due = if own { earned(before, after, user, action, seized) } else { BigInt::ZERO };
        require(gain <= due, || {
            format!("user {user} gained {} nano-dollars, and {} were due", nano(&gain), nano(&due))
        })?;
    }
    Ok(())
}

/// Dollars in units of `10^-26 * 2^-96`.
pub fn fortune(state: &State, user: usize) -> BigInt {
    (0..ASSETS).map(|asset| worth(state, asset) * holdings(state, user, asset)).sum()
}

fn nano(value: &BigInt) -> BigInt {
    (value >> 96) / BigInt::from(10u64.pow(17))
}

/// An atom's price in units of `10^-26` dollars: feeds have 8 decimals, tokens up to 18.
fn worth(state: &State, asset: usize) -> BigInt {
    let decimals = u32::from(state.reserves[asset].pool.decimals);
    BigInt::from(state.prices[asset].spot) * BigInt::from(10u64.pow(18 - decimals))
}

/// What a user has of an asset, less what they owe of it, in atoms times 2^96.
fn holdings(state: &State, user: usize, asset: usize) -> BigInt {
    let pool = &state.reserves[asset].pool;
    let indices = pool.ledger.indices_at(state.now);
    let own = || state.obligations.iter().filter(|obligation| obligation.owner == state.users[user]);
    let collateral: u128 = own().map(|obligation| u128::from(obligation.positions.collateral(&pool.id).0)).sum();
    let debt: u128 = own().map(|obligation| obligation.positions.debt(&pool.id).0).sum();
    let shares = collateral + u128::from(state.tokens.vouchers[user][asset]);
    (BigInt::from(state.tokens.wallets[user][asset]) << 96) + ((BigInt::from(shares) * indices.supply.0) << 32)
        - BigInt::from(debt) * indices.debt.0
}

/// The bonuses of liquidations, and one's own debts that were written off.
fn earned(before: &State, after: &State, user: usize, action: &FuzzAction, seized: &[(AssetPair, Seizure)]) -> BigInt {
    let liquidated = action
        .parts()
        .iter()
        .filter(|action| matches!(action, FuzzAction::Liquidate { .. }))
        .filter_map(FuzzAction::seat);
    let mut due = BigInt::ZERO;
    for (seat, (pair, seizure)) in liquidated.zip(seized) {
        let price = worth(before, pair.debt);
        let bonus = BigInt::from(seizure.repaid.0) * BigInt::from(seizure.bonus_bps);
        due += ((&price * bonus) << 96) / BigInt::from(10_000) + (BigInt::from(1) << 96);
        if before.obligations[seat].owner == before.users[user] {
            let index = after.reserves[pair.debt].pool.ledger.debt_index.get();
            due += price * BigInt::from(seizure.write_off.shares.0) * BigInt::from(index);
        }
        // What core computes in units of 2^-40 dollars it may round by some of them.
        due += BigInt::from(10u64.pow(18)) << 96;
    }
    due
}

/// Whether anybody owes anything: a campaign without debts proves little.
pub fn debtors(state: &State) -> usize {
    state.obligations.iter().filter(|obligation| obligation.positions.has(Side::Debt)).count()
}

/// All tokens of each asset.
pub fn minted(state: &State) -> [u128; ASSETS] {
    let tokens = &state.tokens;
    std::array::from_fn(|asset| {
        let wallets: u128 = (0..USERS).map(|user| u128::from(tokens.wallets[user][asset])).sum();
        wallets + u128::from(tokens.vaults[asset]) + u128::from(tokens.fees[asset])
    })
}

//! INV-15 in the states of the campaign, in core and on the compiled program: below the hard line every pair whose two
//! prices are good can be liquidated once its clocks have run out.

use crate::arena::{ASSETS, Arena};
use crate::fuzz_action::FuzzAction;
use crate::invariants::Finding;
use crate::lockstep::Refused;
use crate::state::State;
use ballast::state::Obligation;
use ballast_core::Refusal;
use ballast_core::call::Call;
use ballast_core::pause::Pausable;
use ballast_core::positions::{Positions, Side};
use ballast_core::price::PriceUse;
use ballast_core::quote::Quote;
use ballast_testkit::user::{ALL, AssetPair};
use solana_signer::Signer;

/// Every clock has run out.
fn ripe(state: &State) -> Call {
    let long_ago = state.slot.saturating_sub(Call::DEEP_SLOTS + 1_000).max(1);
    let [called_at, turn_at, deep_at, deep_agreed_at] = [long_ago; 4];
    Call { called_at, turn_at, deep_at, deep_agreed_at, seen_at: state.slot, warned: 1 }
}

/// The pairs of an obligation below the hard line whose two prices a liquidation accepts.
fn pairs(state: &State, seat: usize) -> Vec<AssetPair> {
    let terms = &state.config.market.terms;
    let totals = state.totals(seat, &[], PriceUse::Maintenance);
    if !totals.is_ok_and(|totals| totals.is_hard(terms) || totals.is_deep(terms.deep_line())) {
        return Vec::new();
    }
    let positions = &state.obligations[seat].positions;
    let of = |side| (0..ASSETS).filter(move |asset| is_held(state, positions, *asset, side) && is_good(state, *asset));
    of(Side::Collateral)
        .flat_map(|collateral| of(Side::Debt).map(move |debt| AssetPair { collateral, debt }))
        .filter(|pair| is_of_one_time(state, *pair))
        .collect()
}

fn is_held(state: &State, positions: &Positions, asset: usize, side: Side) -> bool {
    let id = &state.reserves[asset].pool.id;
    match side {
        Side::Collateral => positions.collateral(id).0 > 0,
        Side::Debt => positions.debt(id).0 > 0,
    }
}

/// The price is fresh and confirmed, and nobody has paused liquidations.
fn is_good(state: &State, asset: usize) -> bool {
    let pool = &state.reserves[asset].pool;
    pool.check_not_paused(Pausable::Liquidate, state.now).is_ok()
        && Quote::new(pool, &state.prices[asset], PriceUse::Liquidation, state.now).is_ok()
}

fn is_of_one_time(state: &State, AssetPair { collateral, debt }: AssetPair) -> bool {
    let [a, b] = [collateral, debt].map(|asset| state.reserves[asset].pool.settings.guard.max_age_new_risk_secs);
    let [from, to] = [collateral, debt].map(|asset| state.prices[asset].publish_time);
    from.abs_diff(to) <= u64::from(a.max(b))
}

/// A user with enough of the debt, and an obligation of theirs without debt that takes the shares.
fn liquidator(arena: &Arena, state: &State, seat: usize, pair: AssetPair) -> Option<(usize, usize)> {
    let takers = arena.seats.iter().enumerate().filter(|(other, _)| {
        let positions = &state.obligations[*other].positions;
        *other != seat && !positions.has(Side::Debt)
    });
    let richest = takers.max_by_key(|(_, taker)| state.tokens.wallets[taker.owner][pair.debt]);
    richest.map(|(taker, found)| (found.owner, taker))
}

/// Tries every pair of every obligation in core, and one of each obligation on the chain. Returns how many the program
/// has accepted.
pub fn check(arena: &mut Arena, state: &State) -> Result<u64, String> {
    let mut accepted = 0;
    for seat in 0..state.obligations.len() {
        let mut tried = None;
        for pair in pairs(state, seat) {
            let Some((user, taker)) = liquidator(arena, state, seat, pair) else { continue };
            let mut later = state.clone();
            later.obligations[seat].call = ripe(state);
            let taker = Some(taker);
            let action = FuzzAction::Liquidate { user, seat, pair, max_repay: ALL, min_seized: 0, taker };
            match later.clone().apply(&action) {
                Ok(_) => tried = Some((later, action)),
                Err(refused) if is_for_want_of_tokens(&refused) => {}
                Err(refused) => return Err(format!("{pair:?} of {seat} is blocked: {refused:?}")),
            }
        }
        if let Some((later, action)) = tried {
            on_chain(arena, &later, seat, &action)?;
            accepted += 1;
        }
    }
    Ok(accepted)
}

/// Nobody in the campaign has enough of the debt.
fn is_for_want_of_tokens(refused: &Refused) -> bool {
    *refused == Refused::Tokens || *refused == Refused::from(Refusal::AmountTooSmall)
}

/// Writes the ripe call for the time of a simulation.
fn on_chain(arena: &mut Arena, later: &State, seat: usize, action: &FuzzAction) -> Finding {
    let address = arena.seats[seat].address;
    let before: Obligation = arena.world.read(&address);
    arena.world.write(&address, &later.obligations[seat]);
    let instructions = arena.instructions(later, action);
    let payer = arena.users[action.actor().unwrap_or(0)].key.pubkey();
    let simulated = arena.world.simulate_unsigned(&instructions, &payer);
    arena.world.write(&address, &before);
    simulated.map(|_| ()).map_err(|failure| format!("the program blocks {action:?}: {failure:#?}"))
}

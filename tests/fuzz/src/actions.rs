//! What to do next, and how much of it: sized from the state, so that most actions succeed, and sometimes wrong on
//! purpose.

use crate::arena::{ASSETS, Arena, USERS, settled};
use crate::fuzz_action::{FuzzAction, Kind, Wishes};
use crate::lockstep::Refused;
use crate::state::{CHANGES, State};
use ballast::error::BallastError;
use ballast_core::pause::Pauser;
use ballast_core::positions::Side;
use ballast_core::price::PriceUse;
use ballast_testkit::dice::Dice;
use ballast_testkit::pyth::Quotation;
use ballast_testkit::user::{ALL, AssetPair};

/// How often the fuzzer chooses each kind, relative to the others.
pub const WEIGHTS: [(Kind, u64); 23] = [
    (Kind::Deposit, 12),
    (Kind::Withdraw, 10),
    (Kind::Borrow, 14),
    (Kind::Repay, 9),
    (Kind::VoucherMint, 4),
    (Kind::VoucherBurn, 4),
    (Kind::Flash, 5),
    (Kind::Flag, 6),
    (Kind::Liquidate, 10),
    (Kind::Refresh, 4),
    (Kind::Donate, 1),
    (Kind::Price, 6),
    (Kind::Freeze, 1),
    (Kind::Wait, 9),
    (Kind::ObligationSettings, 2),
    (Kind::FeesCollect, 2),
    (Kind::InsuranceFund, 1),
    (Kind::Pause, 2),
    (Kind::Tighten, 1),
    (Kind::Propose, 3),
    (Kind::Execute, 3),
    (Kind::Cancel, 1),
    (Kind::AssertHealth, 3),
];

/// The percentage of actions that the fuzzer sends without checking first whether they can succeed.
const BLIND: u64 = 12;

pub struct Actions<'a> {
    pub arena: &'a Arena,
    pub state: &'a State,
    pub dice: &'a mut Dice,
}

impl Actions<'_> {
    /// Something that can be done now, or, on purpose, perhaps not.
    pub fn draw(&mut self) -> FuzzAction {
        let total = WEIGHTS.iter().map(|(_, weight)| weight).sum();
        loop {
            let mut left = self.dice.roll(total);
            let kind = WEIGHTS.iter().find(|(_, weight)| {
                let found = left < *weight;
                left = left.saturating_sub(*weight);
                found
            });
            let kind = kind.expect("below the total").0;
            let blind = self.dice.percent(BLIND);
            for _ in 0..4 {
                let Some(action) = self.propose_of(kind, blind) else { continue };
                if blind || self.state.allows(&action) {
                    return action;
                }
            }
        }
    }

    fn propose_of(&mut self, kind: Kind, blind: bool) -> Option<FuzzAction> {
        let asset = self.dice.index(ASSETS);
        let user = self.dice.index(USERS);
        Some(match kind {
            Kind::Deposit => self.deposit(blind),
            Kind::Withdraw => self.withdraw(blind)?,
            Kind::Borrow => self.borrow(blind)?,
            Kind::Repay => self.repay(blind)?,
            Kind::VoucherMint => self.voucher_mint(blind)?,
            Kind::VoucherBurn => self.voucher_burn(blind)?,
            Kind::Flash => self.flash(blind),
            Kind::Flag => FuzzAction::Flag { seat: self.seat() },
            Kind::Liquidate => self.liquidate(blind)?,
            Kind::Refresh => FuzzAction::Refresh { asset, priced: self.dice.percent(60) },
            Kind::Donate => {
                let amount = self.small_change(user, asset, blind);
                FuzzAction::Donate { user, asset, amount }
            }
            Kind::Price => self.price(asset),
            Kind::Freeze => FuzzAction::Freeze { asset, is_frozen: self.dice.percent(15) },
            Kind::Wait => self.wait(),
            Kind::ObligationSettings => self.wishes(blind),
            Kind::FeesCollect => FuzzAction::FeesCollect { asset },
            Kind::InsuranceFund => {
                let amount = self.small_change(user, asset, blind);
                FuzzAction::InsuranceFund { user, asset, amount }
            }
            Kind::Pause => self.pause(asset, blind),
            Kind::Tighten => self.tighten(asset, blind),
            Kind::Propose => self.propose(asset, blind)?,
            Kind::Execute => FuzzAction::Execute { number: self.queued()? },
            Kind::Cancel => self.cancel(blind)?,
            Kind::AssertHealth => self.assert_health(blind),
        })
    }

    pub fn seat(&mut self) -> usize {
        self.dice.index(self.state.obligations.len())
    }

    pub fn seats_of(&self, user: usize) -> Vec<usize> {
        let seats = self.arena.seats.iter().enumerate();
        seats.filter(|(_, seat)| seat.owner == user).map(|(n, _)| n).collect()
    }

    /// The owner, sometimes their delegate, rarely a stranger.
    fn signer(&mut self, seat: usize) -> usize {
        let obligation = &self.state.obligations[seat];
        let delegate = self.state.users.iter().position(|user| *user == obligation.delegate);
        match (self.dice.roll(50), delegate) {
            (0, _) => self.dice.index(USERS),
            (1..8, Some(delegate)) => delegate,
            _ => self.arena.seats[seat].owner,
        }
    }

    /// What an obligation mostly has as collateral: if all had everything, nobody could owe anything.
    fn home(&mut self, seat: usize) -> usize {
        if self.dice.percent(85) { (seat + self.dice.index(2)) % ASSETS } else { self.dice.index(ASSETS) }
    }

    /// Shares of a collateral.
    pub fn collateral(&self, seat: usize, asset: usize) -> u64 {
        self.state.obligations[seat].positions.collateral(&self.state.reserves[asset].pool.id).0
    }

    /// Atoms of a collateral.
    pub fn held(&self, seat: usize, asset: usize) -> u64 {
        let index = self.state.reserves[asset].pool.ledger.supply_index.get();
        let atoms = (u128::from(self.collateral(seat, asset)) * (index >> 32)) >> 32;
        u64::try_from(atoms).unwrap_or(u64::MAX)
    }

    /// Atoms of a debt, roughly.
    pub fn owed(&self, seat: usize, asset: usize) -> u64 {
        let pool = &self.state.reserves[asset].pool;
        let shares = self.state.obligations[seat].positions.debt(&pool.id);
        pool.ledger.debt_atoms_ceil(shares).map_or(u64::MAX, |atoms| atoms.0)
    }

    /// An asset of one of the obligation's positions.
    fn position(&mut self, seat: usize, side: Side) -> Option<usize> {
        let positions = self.state.obligations[seat].positions;
        let assets = self.state.assets_of(seat);
        let of_side = assets.into_iter().zip(positions.as_slice()).filter(|(_, position)| position.side() == side);
        let assets: Vec<_> = of_side.map(|(asset, _)| asset).collect();
        self.dice.pick(&assets)
    }

    /// Returns an amount of a few atoms, where rounding matters most, or a part of `top`.
    pub fn dust_or_part(&mut self, top: u64) -> u64 {
        if self.dice.percent(20) { self.dice.roll(4) + 1 } else { self.dice.part(top) }
    }

    fn small_change(&mut self, user: usize, asset: usize, blind: bool) -> u64 {
        if blind && self.dice.percent(50) {
            // Nobody may be ruined by a gift.
            return self.state.tokens.wallets[user][asset].saturating_add(1);
        }
        self.dice.part(self.state.tokens.wallets[user][asset] / 1_000_000)
    }

    /// The largest amount of a falling sequence that is accepted.
    pub fn shrink(&mut self, top: u64, make: impl Fn(u64) -> FuzzAction) -> Option<FuzzAction> {
        let mut amount = top.max(1);
        loop {
            let action = make(amount);
            if self.state.allows(&action) {
                return Some(action);
            }
            amount = match amount {
                0 | 1 => return None,
                3.. if self.dice.percent(70) => amount / 3,
                _ => amount / 2,
            };
        }
    }

    fn deposit(&mut self, blind: bool) -> FuzzAction {
        let seat = self.seat();
        let (user, asset) = (self.signer(seat), self.home(seat));
        let make = |amount| FuzzAction::Deposit { user, seat, asset, amount };
        if blind {
            return make(self.dice.amount());
        }
        let top = self.state.tokens.wallets[user][asset] / 4;
        let top = self.dust_or_part(top);
        self.shrink(top, make).unwrap_or_else(|| make(top))
    }

    fn withdraw(&mut self, blind: bool) -> Option<FuzzAction> {
        let seat = self.seat();
        let user = self.signer(seat);
        let asset = if blind { self.dice.index(ASSETS) } else { self.position(seat, Side::Collateral)? };
        let make = |amount| FuzzAction::Withdraw { user, seat, asset, amount };
        if blind {
            return Some(make(self.dice.amount()));
        }
        let top = match self.dice.roll(8) {
            0..3 => ALL,
            _ => self.dust_or_part(self.held(seat, asset)),
        };
        if top == ALL && self.state.allows(&make(ALL)) {
            Some(make(ALL))
        } else {
            self.shrink(top.min(self.held(seat, asset)), make)
        }
    }

    fn borrow(&mut self, blind: bool) -> Option<FuzzAction> {
        let seat = self.seat();
        let (user, asset) = (self.signer(seat), self.dice.index(ASSETS));
        let make = |amount| FuzzAction::Borrow { user, seat, asset, amount };
        if blind {
            return Some(make(self.dice.amount()));
        }
        if !self.state.obligations[seat].positions.has(Side::Collateral) {
            return None;
        }
        let cash = self.state.reserves[asset].pool.ledger.cash_atoms;
        let top = if self.dice.percent(70) { cash } else { self.dust_or_part(cash) };
        let FuzzAction::Borrow { amount, .. } = self.shrink(top, make)? else { return None };
        // Up to the limit, so that prices have something to push over it.
        let more = make(amount.saturating_add(amount / 2));
        Some(if self.state.allows(&more) { more } else { make(amount) })
    }

    fn repay(&mut self, blind: bool) -> Option<FuzzAction> {
        let seat = self.seat();
        let user = if self.dice.percent(75) { self.arena.seats[seat].owner } else { self.dice.index(USERS) };
        if blind {
            return Some(FuzzAction::Repay { user, seat, asset: self.dice.index(ASSETS), amount: self.dice.amount() });
        }
        let asset = self.position(seat, Side::Debt)?;
        let amount = if self.dice.percent(30) { ALL } else { self.dust_or_part(self.owed(seat, asset)) };
        Some(FuzzAction::Repay { user, seat, asset, amount })
    }

    fn voucher_mint(&mut self, blind: bool) -> Option<FuzzAction> {
        let seat = self.seat();
        let user = self.signer(seat);
        let asset = if blind { self.dice.index(ASSETS) } else { self.position(seat, Side::Collateral)? };
        let make = |amount| FuzzAction::VoucherMint { user, seat, asset, amount };
        if blind {
            return Some(make(self.dice.amount()));
        }
        let top = self.dust_or_part(self.collateral(seat, asset));
        self.shrink(top, make)
    }

    fn voucher_burn(&mut self, blind: bool) -> Option<FuzzAction> {
        let seat = self.seat();
        let user = self.signer(seat);
        let held = self.state.tokens.vouchers[user];
        let home = self.home(seat);
        let asset = (held[home] > 0 || blind).then_some(home)?;
        let amount = match self.dice.roll(3) {
            _ if blind => self.dice.amount(),
            0 => ALL,
            _ => self.dust_or_part(held[asset]),
        };
        Some(FuzzAction::VoucherBurn { user, seat, asset, amount })
    }

    fn flash(&mut self, blind: bool) -> FuzzAction {
        let prey = if self.dice.percent(25) { self.liquidate(false) } else { None };
        let (user, mut asset) = (self.dice.index(USERS), self.dice.index(ASSETS));
        if let Some(FuzzAction::Liquidate { pair, .. }) = prey
            && self.dice.percent(80)
        {
            asset = pair.debt;
        }
        let cash = self.state.reserves[asset].pool.ledger.cash_atoms;
        let amount = if blind { self.dice.amount() } else { self.dust_or_part(cash) };
        let between = match self.dice.roll(5) {
            // With borrowed money, as liquidators do.
            _ if prey.is_some() => prey.into_iter().map(|action| action.by(user)).collect(),
            0 => vec![self.deposit(blind)],
            1 => self.repay(false).into_iter().collect(),
            2 => vec![FuzzAction::Refresh { asset, priced: true }],
            3 => self.withdraw(false).into_iter().collect(),
            _ => vec![],
        };
        // One transaction, one signature: what others would have to sign is left out.
        let signs = |action: &FuzzAction| action.actor().is_none_or(|actor| actor == user);
        let between = between.into_iter().filter(signs).collect();
        FuzzAction::Flash { user, asset, amount, between }
    }

    fn liquidate(&mut self, blind: bool) -> Option<FuzzAction> {
        let count = self.state.obligations.len();
        let first = self.seat();
        let unhealthy = |seat: &usize| {
            let totals = self.state.totals(*seat, &[], PriceUse::Maintenance);
            totals.is_ok_and(|totals| !totals.maintenance.covers_debt())
        };
        let prey = (0..count).map(|n| (first + n) % count).find(unhealthy);
        let seat = if blind { prey.unwrap_or(first) } else { prey? };
        let debt = self.position(seat, Side::Debt)?;
        let collateral = self.position(seat, Side::Collateral).unwrap_or((debt + 1) % ASSETS);
        let user = self.dice.index(USERS);
        let max_repay = match self.dice.roll(4) {
            _ if blind => self.dice.amount(),
            0 => self.dust_or_part(self.owed(seat, debt)),
            _ => ALL,
        };
        let min_seized = if blind && self.dice.percent(50) { self.dice.amount() } else { 0 };
        let pair = AssetPair { collateral, debt };
        let taker = if self.dice.percent(30) { self.taker(user, seat, blind) } else { None };
        Some(FuzzAction::Liquidate { user, seat, pair, max_repay, min_seized, taker })
    }

    /// An obligation of the user that may take the shares of another; blindly, any.
    fn taker(&mut self, user: usize, seat: usize, blind: bool) -> Option<usize> {
        let State { obligations, users, .. } = &self.state;
        let may = |taker: &usize| {
            let obligation = &obligations[*taker];
            *taker != seat && (blind || obligation.owner == users[user] && !obligation.positions.has(Side::Debt))
        };
        let takers: Vec<_> = (0..obligations.len()).filter(may).collect();
        self.dice.pick(&takers)
    }

    /// Up or down by at most a half, within a factor of eight of where it began; the average stays behind.
    fn price(&mut self, asset: usize) -> FuzzAction {
        let old = settled(self.arena.feeds[asset], self.state.now);
        let first = self.arena.first_dollars[asset] * 1e8;
        let change = 1.0 + {
            let wild = self.dice.percent(30);
            self.dice.roll(if wild { 10_001 } else { 501 })
        } as f64
            / 1e4;
        // Rather back than further away, so that prices stay where tokens are worth something.
        let up = self.dice.percent(if (old.spot as f64) < first { 58 } else { 42 });
        let spot = if up { old.spot as f64 * change.min(1.5) } else { old.spot as f64 / change };
        let spot = spot.clamp(first / 8.0, first * 8.0).round() as i64;
        let uncertain = if self.dice.percent(4) { 70 } else { 5_000 };
        // Sometimes the chain's clock lags.
        let ahead = if self.dice.percent(8) { self.dice.roll(7_200) } else { 0 };
        let publish_time = old.publish_time + i64::try_from(ahead).expect("hours");
        let quotation = Quotation { spot, confidence: spot.unsigned_abs() / uncertain, publish_time, ..old };
        FuzzAction::Price { asset, quotation }
    }

    fn wait(&mut self) -> FuzzAction {
        let secs = match self.dice.roll(20) {
            0 => self.dice.roll(20 * 86_400),
            1..4 => self.dice.roll(86_400),
            4..9 => self.dice.roll(3_600),
            _ => self.dice.roll(60),
        };
        FuzzAction::Wait { secs: i64::try_from(secs).expect("days"), publish: !self.dice.percent(12) }
    }

    fn wishes(&mut self, blind: bool) -> FuzzAction {
        let over = if blind { 500 } else { 0 };
        let target = 10_200 + self.dice.roll(2_301 + over);
        let warning = self.dice.roll(5_001 + over);
        let wishes = Wishes {
            target_health_bps: u16::try_from(target).expect("below 2^16"),
            warning_bps: u16::try_from(warning).expect("below 2^16"),
            delegate: self.dice.index(USERS),
            delegate_rights: self.dice.roll(if blind { 6 } else { 4 }),
        };
        FuzzAction::ObligationSettings { seat: self.seat(), wishes }
    }

    /// Short, and as often ended as begun: a market that is closed shows nothing.
    fn pause(&mut self, asset: usize, blind: bool) -> FuzzAction {
        let by = if self.dice.percent(50) { Pauser::Authority } else { Pauser::Guardian };
        let secs = self.dice.roll(if blind { 100_000 } else { 900 });
        let actions = match self.dice.roll(2) {
            0 if by == Pauser::Authority => 0,
            _ => self.dice.roll(if blind { 20 } else { 16 }),
        };
        FuzzAction::Pause { by, asset, actions, secs: u32::try_from(secs).expect("a day") }
    }

    pub fn queued(&mut self) -> Option<u64> {
        let numbers: Vec<_> = self.state.changes.keys().copied().collect();
        self.dice.pick(&numbers)
    }

    pub fn free_number(&mut self) -> Option<u64> {
        let free: Vec<_> = (0..CHANGES).filter(|number| !self.state.changes.contains_key(number)).collect();
        self.dice.pick(&free)
    }

    /// What can no longer be executed makes room; seldom something that can.
    fn cancel(&mut self, blind: bool) -> Option<FuzzAction> {
        let number = self.queued()?;
        let verdict = self.state.clone().apply(&FuzzAction::Execute { number });
        let obsolete = Refused::from(BallastError::ChangeObsolete);
        (blind || verdict.err() == Some(obsolete)).then_some(FuzzAction::Cancel { number })
    }

    fn assert_health(&mut self, blind: bool) -> FuzzAction {
        let seat = self.seat();
        let totals = self.state.totals(seat, &[], PriceUse::Liquidation);
        let factor = totals.map_or(0, |totals| totals.maintenance.factor_bps_floor());
        let min_health_bps = if blind { self.dice.amount() } else { factor.saturating_sub(self.dice.roll(2)) };
        let deadline = self.state.now + if blind { -1 } else { 0 };
        FuzzAction::AssertHealth { seat, min_health_bps, deadline }
    }
}

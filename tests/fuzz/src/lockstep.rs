//! The same action natively: what the program does around an operation of core, in as few words as possible, so that
//! after every transaction the chain can be compared byte by byte with what core says.

use crate::arena::WHOLE;
use crate::fuzz_action::{FuzzAction, Plan, Wishes};
use crate::state::State;
use anchor_lang::prelude::Error;
use ballast::error::BallastError;
use ballast::state::{Change, Obligation, VERSION};
use ballast_core::Refusal;
use ballast_core::health::Totals;
use ballast_core::op::deposit::{self, Entry};
use ballast_core::op::liquidate::{self, Bid, Borrower, Seizure};
use ballast_core::op::obligation_settings::Right;
use ballast_core::op::withdraw::Margin;
use ballast_core::op::{self, Priced};
use ballast_core::positions::Side;
use ballast_core::preview::{self, BorrowerState, PricedPool};
use ballast_core::price::PriceUse;
use ballast_core::quote::Quote;
use ballast_core::terms::LiquidationTerms;
use ballast_core::units::{Amount, Atoms, Bps, SupplyShares};
use ballast_testkit::user::AssetPair;

/// Why a action must fail.
#[derive(Clone, Debug, PartialEq)]
pub enum Refused {
    /// By core or by the program around it.
    Program(Error),
    /// By the token program: somebody has not got as much.
    Tokens,
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self::Program(BallastError::from(refusal).into())
    }
}

impl From<BallastError> for Refused {
    fn from(error: BallastError) -> Self {
        Self::Program(error.into())
    }
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self::Program(error)
    }
}

/// What liquidations within a action moved.
pub type Outcome = Result<Vec<(AssetPair, Seizure)>, Refused>;
type Step = Result<(), Refused>;

impl State {
    /// Whether the action would succeed.
    pub fn allows(&self, action: &FuzzAction) -> bool {
        self.clone().apply(action).is_ok()
    }

    /// Does the action; on a refusal the state is good for nothing any more.
    pub fn apply(&mut self, action: &FuzzAction) -> Outcome {
        let done = match action {
            FuzzAction::Liquidate { user, seat, pair, max_repay, min_seized, taker } => {
                let bid = Bid { max_repay: Atoms(*max_repay), min_seized: Atoms(*min_seized) };
                return self.liquidate(*user, *seat, *pair, bid, *taker).map(|seizure| vec![(*pair, seizure)]);
            }
            FuzzAction::Flash { user, asset, amount, between } => return self.flash(*user, *asset, *amount, between),
            FuzzAction::Deposit { user, seat, asset, amount } => self.deposit(*user, *seat, *asset, *amount),
            FuzzAction::Withdraw { user, seat, asset, amount } => self.withdraw(*user, *seat, *asset, *amount),
            FuzzAction::Borrow { user, seat, asset, amount } => self.borrow(*user, *seat, *asset, *amount),
            FuzzAction::Repay { user, seat, asset, amount } => self.repay(*user, *seat, *asset, *amount),
            FuzzAction::VoucherMint { user, seat, asset, amount } => self.voucher_mint(*user, *seat, *asset, *amount),
            FuzzAction::VoucherBurn { user, seat, asset, amount } => self.voucher_burn(*user, *seat, *asset, *amount),
            FuzzAction::Donate { user, asset, amount } => self.take(*user, *asset, *amount),
            FuzzAction::Flag { seat } => self.flag(*seat),
            FuzzAction::AssertHealth { seat, min_health_bps, deadline } => {
                self.assert_health(*seat, *min_health_bps, *deadline)
            }
            // The arena moves prices and time itself.
            FuzzAction::Price { .. } | FuzzAction::Freeze { .. } | FuzzAction::Wait { .. } => Ok(()),
            _ => self.govern(action),
        };
        done.map(|()| Vec::new())
    }

    /// From a wallet to the vault.
    fn take(&mut self, user: usize, asset: usize, amount: u64) -> Step {
        let wallet = &mut self.tokens.wallets[user][asset];
        *wallet = wallet.checked_sub(amount).ok_or(Refused::Tokens)?;
        self.tokens.vaults[asset] += amount;
        Ok(())
    }

    /// From the vault to a wallet.
    fn give(&mut self, user: usize, asset: usize, amount: u64) -> Step {
        let vault = &mut self.tokens.vaults[asset];
        *vault = vault.checked_sub(amount).ok_or(Refused::Tokens)?;
        self.tokens.wallets[user][asset] += amount;
        Ok(())
    }

    fn owner(&self, seat: usize) -> usize {
        self.users.iter().position(|user| *user == self.obligations[seat].owner).expect("a user")
    }

    /// Sums an obligation's positions as `quotes.rs` does.
    pub fn totals(&self, seat: usize, named: &[usize], usage: PriceUse) -> Result<Totals, Refused> {
        let positions = self.obligations[seat].positions;
        let holdings = positions.holdings().map(|(_, holding)| holding);
        let holdings = self.assets_of(seat).into_iter().zip(holdings).filter(|(asset, _)| !named.contains(asset));
        Totals::of(holdings, |asset| Ok(Quote::new(&self.reserves[asset].pool, &self.prices[asset], usage, self.now)?))
    }

    /// What lets a collateral in.
    fn entry(&self, seat: usize, asset: usize) -> Entry {
        let is_free = Entry::is_free(&self.reserves[asset].pool, &self.obligations[seat].positions);
        if is_free { Entry::Free } else { Entry::Priced(self.prices[asset]) }
    }

    /// What a withdrawal is checked against.
    fn margin(&self, seat: usize, asset: usize) -> Result<Margin, Refused> {
        if !self.obligations[seat].positions.has(Side::Debt) {
            return Ok(Margin::NoDebt);
        }
        let others = self.totals(seat, &[asset], PriceUse::NewRisk)?;
        Ok(Margin::Initial { price: self.prices[asset], others })
    }

    fn deposit(&mut self, user: usize, seat: usize, asset: usize, amount: u64) -> Step {
        let mut offered = match Amount::from_wire(amount, Atoms)? {
            Amount::Exact(atoms) => atoms,
            Amount::All => Atoms(self.tokens.wallets[user][asset]),
        };
        self.obligations[seat].authorize(&self.users[user], Right::AddCollateral)?;
        let entry = self.entry(seat, asset);
        if asset == WHOLE {
            offered = deposit::size(&self.reserves[asset].pool, offered, self.now)?;
            self.take(user, asset, offered.0)?;
        }
        let positions = &mut self.obligations[seat].positions;
        let taken = deposit::deposit(&mut self.reserves[asset].pool, positions, &entry, offered, self.now)?.taken;
        if asset == WHOLE { Ok(()) } else { self.take(user, asset, taken.0) }
    }

    fn withdraw(&mut self, user: usize, seat: usize, asset: usize, amount: u64) -> Step {
        let amount = Amount::from_wire(amount, Atoms)?;
        self.obligations[seat].authorize(&self.users[user], Right::Withdraw)?;
        let (margin, now) = (self.margin(seat, asset)?, self.now);
        let Obligation { positions, call, .. } = &mut self.obligations[seat];
        let pool = &mut self.reserves[asset].pool;
        let paid_out = op::withdraw::withdraw(pool, positions, call, amount, &margin, now)?.paid_out;
        self.give(self.owner(seat), asset, paid_out.0)
    }

    fn borrow(&mut self, user: usize, seat: usize, asset: usize, amount: u64) -> Step {
        self.obligations[seat].authorize(&self.users[user], Right::Borrow)?;
        let others = self.totals(seat, &[asset], PriceUse::NewRisk)?;
        let Obligation { positions, call, .. } = &mut self.obligations[seat];
        let reserve = Priced { pool: &mut self.reserves[asset].pool, price: self.prices[asset] };
        let loan = op::borrow::borrow(reserve, positions, call, &others, Atoms(amount), self.now)?;
        self.give(self.owner(seat), asset, loan.paid_out.0)
    }

    fn repay(&mut self, user: usize, seat: usize, asset: usize, amount: u64) -> Step {
        let mut amount = Amount::from_wire(amount, Atoms)?;
        if asset == WHOLE {
            let positions = &self.obligations[seat].positions;
            let asked = op::repay::size(&self.reserves[asset].pool, positions, amount, self.now)?;
            self.take(user, asset, asked.0)?;
            amount = Amount::Exact(asked);
        }
        let positions = &mut self.obligations[seat].positions;
        let taken = op::repay::repay(&mut self.reserves[asset].pool, positions, amount, self.now)?.taken;
        if asset == WHOLE { Ok(()) } else { self.take(user, asset, taken.0) }
    }

    fn voucher_mint(&mut self, user: usize, seat: usize, asset: usize, amount: u64) -> Step {
        let amount = Amount::from_wire(amount, SupplyShares)?;
        self.obligations[seat].authorize(&self.users[user], Right::Withdraw)?;
        let (margin, now) = (self.margin(seat, asset)?, self.now);
        let Obligation { positions, call, .. } = &mut self.obligations[seat];
        let pool = &mut self.reserves[asset].pool;
        let shares = op::voucher_mint::voucher_mint(pool, positions, call, amount, &margin, now)?.shares;
        let owner = self.owner(seat);
        self.tokens.vouchers[owner][asset] += shares.0;
        self.tokens.voucher_supply[asset] += shares.0;
        Ok(())
    }

    fn voucher_burn(&mut self, user: usize, seat: usize, asset: usize, amount: u64) -> Step {
        self.obligations[seat].authorize(&self.users[user], Right::AddCollateral)?;
        let held = self.tokens.vouchers[user][asset];
        let shares = match Amount::from_wire(amount, SupplyShares)? {
            Amount::Exact(SupplyShares(shares)) => shares,
            Amount::All => held,
        };
        let entry = self.entry(seat, asset);
        let (pool, positions) = (&mut self.reserves[asset].pool, &mut self.obligations[seat].positions);
        op::voucher_burn::voucher_burn(pool, positions, &entry, SupplyShares(shares), self.now)?;
        self.tokens.vouchers[user][asset] = held.checked_sub(shares).ok_or(Refused::Tokens)?;
        self.tokens.voucher_supply[asset] -= shares;
        Ok(())
    }

    pub fn flash_borrow(&mut self, user: usize, asset: usize, amount: u64) -> Step {
        let loan = op::flash_borrow::flash_borrow(&mut self.reserves[asset].pool, Atoms(amount), self.now)?;
        self.give(user, asset, loan.paid_out.0)
    }

    fn flash(&mut self, user: usize, asset: usize, amount: u64, between: &[FuzzAction]) -> Outcome {
        self.flash_borrow(user, asset, amount)?;
        let mut seized = Vec::new();
        for action in between {
            seized.extend(self.apply(action)?);
        }
        let due = op::flash_repay::size(&self.reserves[asset].pool)?.due();
        self.take(user, asset, due.0)?;
        op::flash_repay::flash_repay(&mut self.reserves[asset].pool, due, self.now)?;
        Ok(seized)
    }

    fn flag(&mut self, seat: usize) -> Step {
        let totals = self.totals(seat, &[], PriceUse::Maintenance)?;
        let (obligation, terms) = (&mut self.obligations[seat], &self.config.market.terms);
        let warning = Bps(obligation.warning_bps);
        op::flag::flag(&mut obligation.call, &totals, terms, warning, self.slot)?;
        Ok(())
    }

    fn assert_health(&self, seat: usize, min_health_bps: u64, deadline: i64) -> Step {
        if self.now > deadline {
            return Err(BallastError::DeadlinePassed.into());
        }
        let totals = self.totals(seat, &[], PriceUse::Liquidation)?;
        let healthy = totals.maintenance.factor_bps_floor() >= min_health_bps;
        if healthy { Ok(()) } else { Err(BallastError::HealthBelowExpected.into()) }
    }

    fn liquidate(
        &mut self,
        user: usize,
        seat: usize,
        pair: AssetPair,
        mut bid: Bid,
        taker: Option<usize>,
    ) -> Result<Seizure, Refused> {
        let now = self.now;
        if !self.obligations[seat].positions.has(Side::Collateral) {
            let Obligation { positions, call, .. } = &mut self.obligations[seat];
            return Ok(liquidate::forgive(&mut self.reserves[pair.debt].pool, positions, call, bid, now)?);
        }
        let others = self.totals(seat, &[pair.collateral, pair.debt], PriceUse::Maintenance)?;
        let shelf = taker.map(|taker| self.obligations[taker].positions);
        let terms = self.config.market.terms;
        let priced =
            [pair.collateral, pair.debt].map(|n| PricedPool { pool: self.reserves[n].pool, price: self.prices[n] });
        let [collateral, debt] = priced;
        let Obligation { positions, call, target_health_bps, .. } = self.obligations[seat];
        let borrower = BorrowerState { positions, call, others, target: Bps(target_health_bps), slot: self.slot };
        if pair.debt == WHOLE {
            bid.max_repay = asked(collateral, debt, borrower, &terms, bid, now)?;
            self.take(user, pair.debt, bid.max_repay.0)?;
        }
        if taker.is_some_and(|taker| self.obligations[taker].owner != self.users[user]) {
            return Err(BallastError::NotOwner.into());
        }
        let after = preview::liquidate(collateral, debt, borrower, shelf, &terms, bid, now)?;
        let seizure = after.flows;
        [self.reserves[pair.collateral].pool, self.reserves[pair.debt].pool] = after.pools;
        (self.obligations[seat].positions, self.obligations[seat].call) = (after.positions, after.call);
        if pair.debt != WHOLE {
            self.take(user, pair.debt, seizure.paid().0)?;
        }
        match taker {
            None => self.give(user, pair.collateral, seizure.seized.0)?,
            // A payment can be too small for a share.
            Some(_) if seizure.collateral_shares.0 == 0 => {}
            Some(taker) => {
                let id = self.reserves[pair.collateral].pool.id;
                self.obligations[taker].positions.add_collateral(&id, seizure.collateral_shares)?;
            }
        }
        Ok(seizure)
    }
}

/// What users do not do with their obligations' positions.
impl State {
    fn govern(&mut self, action: &FuzzAction) -> Step {
        let now = self.now;
        match action {
            FuzzAction::Refresh { asset, priced } => {
                let price = priced.then_some(&self.prices[*asset]);
                op::refresh::refresh(&mut self.reserves[*asset].pool, price, now)?;
            }
            FuzzAction::FeesCollect { asset } => {
                let paid_out = op::fees_collect::fees_collect(&mut self.reserves[*asset].pool, now)?.paid_out.0;
                self.tokens.vaults[*asset] -= paid_out;
                self.tokens.fees[*asset] += paid_out;
            }
            FuzzAction::InsuranceFund { user, asset, amount } => {
                self.take(*user, *asset, *amount)?;
                op::insurance_fund::insurance_fund(&mut self.reserves[*asset].pool, Atoms(*amount), now)?;
            }
            FuzzAction::Pause { by, asset, actions, secs } => {
                op::pause::pause(&mut self.reserves[*asset].pool, *by, *actions, *secs, now)?;
            }
            FuzzAction::Tighten { asset, to } => {
                op::reserve_tighten::reserve_tighten(&mut self.reserves[*asset].pool, to)?;
            }
            FuzzAction::ObligationSettings { seat, wishes } => return self.decide(*seat, wishes),
            FuzzAction::Propose { number, plan } => return self.propose(*number, plan),
            FuzzAction::Execute { number } => return self.execute(*number),
            FuzzAction::Cancel { number } => {
                let change = self.changes.remove(number).expect("a queued change");
                if change.target == self.market {
                    op::change_cancel::change_cancel(&mut self.config.epoch, &change.notice());
                }
            }
            _ => unreachable!("a action of users"),
        }
        Ok(())
    }

    fn decide(&mut self, seat: usize, wishes: &Wishes) -> Step {
        let Wishes { target_health_bps, warning_bps, delegate_rights, .. } = *wishes;
        op::obligation_settings::obligation_settings(target_health_bps, warning_bps, delegate_rights)?;
        let delegate = self.users[wishes.delegate];
        let obligation = &mut self.obligations[seat];
        obligation.target_health_bps = wishes.target_health_bps;
        obligation.warning_bps = wishes.warning_bps;
        (obligation.delegate, obligation.delegate_rights) = (delegate, wishes.delegate_rights);
        Ok(())
    }

    fn propose(&mut self, number: u64, plan: &Plan) -> Step {
        let mut change: Change = bytemuck::Zeroable::zeroed();
        change.version = VERSION;
        change.config = self.market;
        let delay_secs = i64::try_from(self.config.market.change_delay_secs).expect("a month");
        change.executable_at = self.now + delay_secs;
        match plan {
            Plan::Reserve { asset, settings, ramp_secs } => {
                let pool = &self.reserves[*asset].pool;
                op::change_propose::change_propose(pool, settings, *ramp_secs, &self.config.market.terms, self.now)?;
                change.kind = Change::SETTINGS;
                change.target = pool.id.bytes.into();
                change.epoch = pool.epoch;
                change.settings = **settings;
                change.ramp_secs = u64::from(*ramp_secs);
            }
            Plan::Market { terms } => {
                let mut market = self.config.market;
                market.terms = *terms;
                market.validate()?;
                market.check_step(&self.config.market)?;
                change.kind = Change::MARKET;
                (change.target, change.epoch) = (self.market, self.config.epoch);
                change.market = market;
            }
        }
        change.bump = ballast_bump(&self.market, number);
        self.changes.insert(number, change);
        Ok(())
    }

    fn execute(&mut self, number: u64) -> Step {
        let change = self.changes.remove(&number).expect("a queued change");
        if change.kind == Change::MARKET {
            change.check_executable(&self.market, self.config.epoch, self.now)?;
            self.config.market = change.market;
            self.config.epoch += 1;
            return Ok(());
        }
        let target = self.reserves.iter_mut().find(|reserve| reserve.pool.id.bytes == change.target.to_bytes());
        let pool = &mut target.expect("a reserve").pool;
        change.check_executable(&change.target, pool.epoch, self.now)?;
        let ramp_secs = u32::try_from(change.ramp_secs).expect("90 days");
        let terms = &self.config.market.terms;
        op::change_execute::change_execute(pool, &change.settings, ramp_secs, terms, self.now)?;
        Ok(())
    }
}

/// What the program takes from a liquidator whose tokens may not arrive in full.
fn asked(
    mut collateral: PricedPool,
    mut debt: PricedPool,
    BorrowerState { mut positions, mut call, others, target, slot }: BorrowerState,
    terms: &LiquidationTerms,
    bid: Bid,
    now: i64,
) -> Result<Atoms, Refusal> {
    let borrower = Borrower { positions: &mut positions, call: &mut call, others, target, slot };
    let collateral = Priced { pool: &mut collateral.pool, price: collateral.price };
    let debt = Priced { pool: &mut debt.pool, price: debt.price };
    liquidate::size(collateral, debt, &borrower, terms, bid, now)
}

/// The bump of a change's address, which the program stores.
fn ballast_bump(config: &anchor_lang::prelude::Address, number: u64) -> u8 {
    let seeds: [&[u8]; 3] = [ballast::seeds::CHANGE, config.as_ref(), &number.to_le_bytes()];
    anchor_lang::prelude::Address::find_program_address(&seeds, &ballast::ID).1
}

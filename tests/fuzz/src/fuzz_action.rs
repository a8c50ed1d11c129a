//! What can be done in a campaign, and the transaction that does it.

use crate::arena::{ASSETS, Arena};
use crate::state::State;
use anchor_lang::AccountMeta;
use anchor_lang::prelude::Address;
use anchor_lang::solana_program::instruction::Instruction;
use ballast::instructions::{OwnerSettings, Proposal};
use ballast::state::MarketSettings;
use ballast_core::op::liquidate::Bid;
use ballast_core::pause::Pauser;
use ballast_core::settings::{Settings, Tightening};
use ballast_core::terms::LiquidationTerms;
use ballast_core::units::Atoms;
use ballast_testkit::ChangeTarget;
use ballast_testkit::pyth::Quotation;
use ballast_testkit::user::AssetPair;
use solana_signer::Signer as _;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Deposit,
    Withdraw,
    Borrow,
    Repay,
    VoucherMint,
    VoucherBurn,
    Flash,
    Flag,
    Liquidate,
    Refresh,
    Donate,
    Price,
    Freeze,
    Wait,
    ObligationSettings,
    FeesCollect,
    InsuranceFund,
    Pause,
    Tighten,
    Propose,
    Execute,
    Cancel,
    AssertHealth,
}

/// What an owner decides, with the delegate as a user.
#[derive(Clone, Copy, Debug)]
pub struct Wishes {
    pub target_health_bps: u16,
    pub warning_bps: u16,
    pub delegate: usize,
    pub delegate_rights: u64,
}

#[derive(Clone, Debug)]
pub enum Plan {
    Reserve { asset: usize, settings: Box<Settings>, ramp_secs: u32 },
    Market { terms: LiquidationTerms },
}

/// Users, seats and assets are named by their index.
#[derive(Clone, Debug)]
pub enum FuzzAction {
    Deposit {
        user: usize,
        seat: usize,
        asset: usize,
        amount: u64,
    },
    Withdraw {
        user: usize,
        seat: usize,
        asset: usize,
        amount: u64,
    },
    Borrow {
        user: usize,
        seat: usize,
        asset: usize,
        amount: u64,
    },
    Repay {
        user: usize,
        seat: usize,
        asset: usize,
        amount: u64,
    },
    VoucherMint {
        user: usize,
        seat: usize,
        asset: usize,
        amount: u64,
    },
    VoucherBurn {
        user: usize,
        seat: usize,
        asset: usize,
        amount: u64,
    },
    /// All in one transaction.
    Flash {
        user: usize,
        asset: usize,
        amount: u64,
        between: Vec<FuzzAction>,
    },
    Flag {
        seat: usize,
    },
    Liquidate {
        user: usize,
        seat: usize,
        pair: AssetPair,
        max_repay: u64,
        min_seized: u64,
        /// The obligation of the user that takes the shares.
        taker: Option<usize>,
    },
    Refresh {
        asset: usize,
        priced: bool,
    },
    Donate {
        user: usize,
        asset: usize,
        amount: u64,
    },
    Price {
        asset: usize,
        quotation: Quotation,
    },
    /// A feed dies, or lives again.
    Freeze {
        asset: usize,
        is_frozen: bool,
    },
    Wait {
        secs: i64,
        publish: bool,
    },
    ObligationSettings {
        seat: usize,
        wishes: Wishes,
    },
    FeesCollect {
        asset: usize,
    },
    InsuranceFund {
        user: usize,
        asset: usize,
        amount: u64,
    },
    Pause {
        by: Pauser,
        asset: usize,
        actions: u64,
        secs: u32,
    },
    Tighten {
        asset: usize,
        to: Tightening,
    },
    Propose {
        number: u64,
        plan: Plan,
    },
    Execute {
        number: u64,
    },
    Cancel {
        number: u64,
    },
    AssertHealth {
        seat: usize,
        min_health_bps: u64,
        deadline: i64,
    },
}

impl FuzzAction {
    pub fn kind(&self) -> Kind {
        match self {
            Self::Deposit { .. } => Kind::Deposit,
            Self::Withdraw { .. } => Kind::Withdraw,
            Self::Borrow { .. } => Kind::Borrow,
            Self::Repay { .. } => Kind::Repay,
            Self::VoucherMint { .. } => Kind::VoucherMint,
            Self::VoucherBurn { .. } => Kind::VoucherBurn,
            Self::Flash { .. } => Kind::Flash,
            Self::Flag { .. } => Kind::Flag,
            Self::Liquidate { .. } => Kind::Liquidate,
            Self::Refresh { .. } => Kind::Refresh,
            Self::Donate { .. } => Kind::Donate,
            Self::Price { .. } => Kind::Price,
            Self::Freeze { .. } => Kind::Freeze,
            Self::Wait { .. } => Kind::Wait,
            Self::ObligationSettings { .. } => Kind::ObligationSettings,
            Self::FeesCollect { .. } => Kind::FeesCollect,
            Self::InsuranceFund { .. } => Kind::InsuranceFund,
            Self::Pause { .. } => Kind::Pause,
            Self::Tighten { .. } => Kind::Tighten,
            Self::Propose { .. } => Kind::Propose,
            Self::Execute { .. } => Kind::Execute,
            Self::Cancel { .. } => Kind::Cancel,
            Self::AssertHealth { .. } => Kind::AssertHealth,
        }
    }

    /// A liquidation by somebody else.
    pub fn by(self, user: usize) -> Self {
        match self {
            Self::Liquidate { seat, pair, max_repay, min_seized, .. } => {
                Self::Liquidate { user, seat, pair, max_repay, min_seized, taker: None }
            }
            other => other,
        }
    }

    /// What happens within a flash loan, or the action itself.
    pub fn parts(&self) -> &[Self] {
        if let Self::Flash { between, .. } = self { between } else { std::slice::from_ref(self) }
    }

    /// The user who signs, if it is one.
    pub fn actor(&self) -> Option<usize> {
        match self {
            Self::Deposit { user, .. }
            | Self::Withdraw { user, .. }
            | Self::Borrow { user, .. }
            | Self::Repay { user, .. }
            | Self::VoucherMint { user, .. }
            | Self::VoucherBurn { user, .. }
            | Self::Flash { user, .. }
            | Self::Liquidate { user, .. }
            | Self::Donate { user, .. }
            | Self::InsuranceFund { user, .. } => Some(*user),
            _ => None,
        }
    }

    /// Returns the obligation that the action names, if it names one.
    pub fn seat(&self) -> Option<usize> {
        match self {
            Self::Deposit { seat, .. }
            | Self::Withdraw { seat, .. }
            | Self::Borrow { seat, .. }
            | Self::Repay { seat, .. }
            | Self::VoucherMint { seat, .. }
            | Self::VoucherBurn { seat, .. }
            | Self::Liquidate { seat, .. } => Some(*seat),
            _ => None,
        }
    }
}

impl Arena {
    /// The instructions of a action. `state` is the chain as it is: remaining accounts follow it.
    pub fn instructions(&self, state: &State, action: &FuzzAction) -> Vec<Instruction> {
        match action {
            FuzzAction::Flash { user, asset, amount, between } => {
                let borrow = self.users[*user].flash_borrow_ix(&self.market, *asset, *amount);
                let repay = self.users[*user].flash_repay_ix(&self.market, *asset);
                let mut all = vec![borrow];
                // The harness reads remaining accounts from the chain; within the transaction the prediction is ahead
                // of it.
                let mut ahead = state.clone();
                let _ = ahead.flash_borrow(*user, *asset, *amount);
                for action in between {
                    all.extend(self.instructions(&ahead, action));
                    let _ = ahead.apply(action);
                }
                all.push(repay);
                all
            }
            _ => vec![self.instruction(state, action)],
        }
    }

    fn instruction(&self, state: &State, action: &FuzzAction) -> Instruction {
        let (market, assets) = (&self.market, &self.market.assets);
        match action {
            FuzzAction::Flag { seat } => with(
                self.users[0].flag_ix(&self.world, market, self.seats[*seat].address),
                2,
                self.others(state, *seat, &[]),
            ),
            FuzzAction::AssertHealth { seat, min_health_bps, deadline } => {
                let user = self.at(0, *seat);
                let assert = user.assert_health_ix(&self.world, market, *min_health_bps, *deadline);
                with(assert, 1, self.others(state, *seat, &[]))
            }
            FuzzAction::Liquidate { user, seat, pair, max_repay, min_seized, taker } => {
                let bid = Bid { max_repay: Atoms(*max_repay), min_seized: Atoms(*min_seized) };
                let (address, user) = (self.seats[*seat].address, &self.users[*user]);
                let destination = taker.map_or(user.tokens[pair.collateral], |taker| self.seats[taker].address);
                let liquidate = user.seizure_ix(&self.world, market, address, *pair, bid, destination);
                with(liquidate, 15, self.others(state, *seat, &[pair.collateral, pair.debt]))
            }
            FuzzAction::Refresh { asset, priced } => {
                market.refresh_ix(*asset, priced.then_some(assets[*asset].feed.address))
            }
            FuzzAction::Donate { user, asset, amount } => donation(
                assets[*asset].token_program,
                [self.users[*user].tokens[*asset], assets[*asset].vault, self.users[*user].address()],
                *amount,
            ),
            FuzzAction::FeesCollect { asset } => market.fees_collect_ix(*asset, self.fees[*asset]),
            FuzzAction::InsuranceFund { user, asset, amount } => {
                let user = &self.users[*user];
                market.insurance_fund_ix(&user.address(), user.tokens[*asset], *asset, *amount)
            }
            _ if action.seat().is_some() => self.user_instruction(state, action),
            _ => self.governance(action),
        }
    }

    /// What users do with an obligation.
    fn user_instruction(&self, state: &State, action: &FuzzAction) -> Instruction {
        let (world, market) = (&self.world, &self.market);
        let (user, seat) = (action.actor().expect("a user"), action.seat().expect("an obligation"));
        let who = self.at(user, seat);
        // The tokens of a withdrawal and of a loan go to the owner, also when the delegate signs.
        let owner = &self.users[self.seats[seat].owner];
        let to_owner = ballast_testkit::User { tokens: owner.tokens.clone(), ..who.clone() };
        let others = |asset: usize| self.others(state, seat, &[asset]);
        match action {
            FuzzAction::Deposit { asset, amount, .. } => who.deposit_ix(market, *asset, *amount),
            FuzzAction::Withdraw { asset, amount, .. } => {
                with(to_owner.withdraw_ix(world, market, *asset, *amount), 8, others(*asset))
            }
            FuzzAction::Borrow { asset, amount, .. } => {
                with(to_owner.borrow_ix(world, market, *asset, *amount), 8, others(*asset))
            }
            FuzzAction::Repay { asset, amount, .. } => who.repay_ix(market, who.obligation, *asset, *amount),
            FuzzAction::VoucherMint { asset, amount, .. } => {
                let destination = self.vouchers[self.seats[seat].owner][*asset];
                let mint = who.voucher_mint_ix(world, market, *asset, destination, *amount);
                with(mint, 7, others(*asset))
            }
            FuzzAction::VoucherBurn { asset, amount, .. } => {
                who.voucher_burn_ix(market, *asset, self.vouchers[user][*asset], *amount)
            }
            _ => unreachable!("no action of a user with an obligation"),
        }
    }

    /// What authority, guardian and owners decide.
    fn governance(&self, action: &FuzzAction) -> Instruction {
        let market = &self.market;
        match action {
            FuzzAction::ObligationSettings { seat, wishes } => {
                self.at(self.seats[*seat].owner, *seat).settings_ix(self.settings(wishes))
            }
            FuzzAction::Pause { by, asset, actions, secs } => {
                let signer = if *by == Pauser::Authority { &market.authority } else { &market.guardian };
                market.pause_ix(&signer.pubkey(), *asset, *actions, *secs)
            }
            FuzzAction::Tighten { asset, to } => market.tighten_ix(&market.guardian.pubkey(), *asset, *to),
            FuzzAction::Propose { number, plan: Plan::Reserve { asset, settings, ramp_secs } } => {
                let proposal = Proposal::Settings { settings: **settings, ramp_secs: *ramp_secs };
                market.propose_ix(market.target(*asset), *number, proposal)
            }
            FuzzAction::Propose { number, plan: Plan::Market { terms } } => {
                let proposal = Proposal::Market { market: self.market_settings(terms) };
                market.propose_ix(ChangeTarget::Market, *number, proposal)
            }
            FuzzAction::Execute { number } => {
                let target = market.change(&self.world, *number).target;
                let target = if target == market.config { ChangeTarget::Market } else { ChangeTarget::Reserve(target) };
                market.execute_ix(target, *number, None)
            }
            FuzzAction::Cancel { number } => market.cancel_ix(&market.guardian.pubkey(), *number),
            _ => unreachable!("no action of governance"),
        }
    }

    pub fn settings(&self, wishes: &Wishes) -> OwnerSettings {
        let Wishes { target_health_bps, warning_bps, delegate, delegate_rights } = *wishes;
        OwnerSettings { target_health_bps, warning_bps, delegate: self.users[delegate].address(), delegate_rights }
    }

    /// The market's settings with other terms.
    fn market_settings(&self, terms: &LiquidationTerms) -> MarketSettings {
        MarketSettings { terms: *terms, ..self.market.state(&self.world).market }
    }

    /// Reserve and price of every position but those in the named assets, in slot order.
    fn others(&self, state: &State, seat: usize, named: &[usize]) -> Vec<Address> {
        let assets = state.assets_of(seat).into_iter().filter(|asset| !named.contains(asset) && *asset < ASSETS);
        assets.flat_map(|asset| [self.market.assets[asset].reserve, self.market.assets[asset].feed.address]).collect()
    }
}

/// An instruction with other remaining accounts behind the first `named`.
fn with(mut instruction: Instruction, named: usize, remaining: Vec<Address>) -> Instruction {
    instruction.accounts.truncate(named);
    instruction.accounts.extend(remaining.into_iter().map(|address| AccountMeta::new_readonly(address, false)));
    instruction
}

/// The `Transfer` (3) of both token programs, as anybody may call it.
fn donation(program_id: Address, [from, vault, owner]: [Address; 3], amount: u64) -> Instruction {
    let data = [&[3][..], &amount.to_le_bytes()].concat();
    let accounts =
        vec![AccountMeta::new(from, false), AccountMeta::new(vault, false), AccountMeta::new_readonly(owner, true)];
    Instruction { program_id, accounts, data }
}

//! Replaces the owner's settings of an obligation. docs/MODEL.md, "obligation_settings". Enforces INV-14.

use crate::error::{BallastError, refused};
use crate::event::{ObligationSettled, emit};
use crate::state::{Obligation, Stored};
use anchor_lang::address_eq;
use anchor_lang::prelude::*;
use ballast_core::op;

/// The owner's settings of an obligation.
#[derive(Clone, Copy, AnchorSerialize, AnchorDeserialize, IdlType)]
pub struct OwnerSettings {
    /// The health that a liquidation restores, 10,200 to 12,500.
    pub target_health_bps: u16,
    /// How far above 1 the owner wants to be warned, 0 to 5,000.
    pub warning_bps: u16,
    /// The key that may also add collateral; zero for nobody.
    pub delegate: Address,
    /// 1: the delegate may withdraw, 2: borrow, to accounts of the owner.
    pub delegate_rights: u64,
}

#[derive(Accounts)]
pub struct ObligationSettings {
    pub owner: Signer,
    #[account(
        mut,
        constraint = address_eq(&obligation.owner, owner.address()) @ BallastError::NotOwner
    )]
    pub obligation: Stored<Obligation>,
}

impl ObligationSettings {
    pub fn run(ctx: &mut Context<Self>, settings: OwnerSettings) -> Result<()> {
        let OwnerSettings { target_health_bps, warning_bps, delegate_rights, .. } = settings;
        op::obligation_settings::obligation_settings(target_health_bps, warning_bps, delegate_rights)
            .map_err(refused)?;

        let obligation = &mut ctx.accounts.obligation;
        obligation.target_health_bps = settings.target_health_bps;
        obligation.warning_bps = settings.warning_bps;
        obligation.delegate = settings.delegate;
        obligation.delegate_rights = settings.delegate_rights;

        emit(&ObligationSettled {
            obligation: *obligation.address(),
            delegate: settings.delegate,
            delegate_rights: settings.delegate_rights,
            target_health_bps: u64::from(settings.target_health_bps),
            warning_bps: u64::from(settings.warning_bps),
        });
        Ok(())
    }
}

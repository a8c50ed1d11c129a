//! pause, reserve_tighten, change_execute, change_cancel, config_update, config_accept.

use crate::stage::{DOLLAR, SOL, Stage, write_key};
use anchor_lang::Discriminator;
use ballast::instructions::Proposal;
use ballast::state::Change;
use ballast_cli::answer::{Answer, CommandError};
use ballast_client::addresses::change_address;
use ballast_core::risk::Ramp;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use solana_message::VersionedMessage;
use solana_signer::Signer;

impl Stage {
    fn by(&self, who: &str, line: &str) -> Result<Answer, CommandError> {
        let key = if who == "guardian" { &self.market.guardian } else { &self.market.authority };
        write_key(&self.folder, "admin.json", key);
        self.ask(&format!("{line} --keypair {}/admin.json", self.folder.path().display()))
    }

    /// Proposes a change of the dollar's origination fee under a number that the command line would not choose.
    fn propose(&self) -> anchor_lang::prelude::Address {
        let mut chained = self.node.chained();
        let mut settings = self.market.settings(&chained.world, DOLLAR);
        settings.risk.origination_fee_bps = 7;
        let proposal = Proposal::Settings { settings, ramp_secs: Ramp::MIN_SECS };
        let number = u64::MAX - 7;
        self.market.propose(&mut chained.world, self.market.target(DOLLAR), number, proposal).expect("change_propose");
        change_address(&self.market.config, number)
    }
}

#[test]
fn the_guardian_pauses_and_the_authority_ends_the_pause() {
    let stage = Stage::new();
    stage.act("deposit 10 SOL").expect("a deposit");
    stage.by("guardian", "pause SOL --actions withdraw,borrow --secs 600 --yes").expect("a pause");
    let refused = stage.act("withdraw 1 SOL").expect_err("withdrawals are paused");
    assert_eq!(refused.status(), Answer::REFUSED);
    stage.by("authority", "pause SOL --actions none --secs 0 --yes").expect("the end of the pause");
    stage.act("withdraw 1 SOL").expect("a withdrawal after the pause");
    let stranger = stage.act("pause SOL --actions all --secs 60 --yes").expect_err("a stranger is not the guardian");
    assert!(stranger.status() == Answer::REFUSED && stranger.to_string().contains("NotGuardian"), "{stranger}");
}

#[test]
fn tightening_lowers_limits_at_once_and_never_raises_them() {
    let stage = Stage::new();
    let before = stage.market.settings(&stage.node.chained().world, SOL);
    stage.by("guardian", "reserve tighten SOL --ltv-bps 6000 --supply-cap 1000.5 --yes").expect("lower limits");
    let after = stage.market.settings(&stage.node.chained().world, SOL);
    assert_eq!((after.risk.ltv_bps, after.limits.supply_cap_atoms), (6_000, 1_000_500_000_000));
    assert_eq!(after.limits.borrow_cap_atoms, before.limits.borrow_cap_atoms);
    let sent = stage.node.sent();
    let looser = stage.by("guardian", "reserve tighten SOL --ltv-bps 6001 --yes").expect_err("a higher limit");
    assert_eq!((looser.status(), stage.node.sent()), (Answer::REFUSED, sent));
}

#[test]
fn a_change_with_any_number_can_be_executed_or_canceled() {
    let stage = Stage::new();
    let change = stage.propose();
    let dry = stage.by("authority", &format!("change execute {change} --dry-run")).expect("a dry run");
    assert!(dry.text.contains("nothing was sent") && stage.node.sent() == 0);
    stage.by("authority", &format!("change execute {change} --yes")).expect("an execution");
    assert_eq!(stage.market.settings(&stage.node.chained().world, DOLLAR).risk.origination_fee_bps, 7);
    let gone = stage.by("authority", &format!("change execute {change} --yes")).expect_err("the change is executed");
    assert_eq!(gone.status(), Answer::FAILED);

    let change = stage.propose();
    stage.by("guardian", &format!("change cancel {change} --yes")).expect("a cancellation");
    assert!(stage.node.chained().world.all::<Change>().is_empty());
}

/// A tightening makes queued changes obsolete, even if it lowers nothing.
#[test]
fn a_tightening_that_lowers_nothing_is_not_sent() {
    let stage = Stage::new();
    for line in ["reserve tighten SOL --yes", "reserve tighten SOL --max-utilization-bps 10000 --yes"] {
        let nothing = stage.by("guardian", line).expect_err("no limit is lower");
        assert_eq!((nothing.status(), stage.node.sent()), (Answer::INPUT, 0), "{line}: {nothing}");
    }
}

#[test]
fn a_multisig_signs_only_the_instruction() {
    let stage = Stage::new();
    let guardian = stage.market.guardian.pubkey();
    let line = format!("pause SOL --actions all --secs 60 --print-transaction --authority {guardian}");
    let printed = stage.ask(&line).expect("a transaction");
    let message = BASE64_STANDARD.decode(printed.json["transaction"].as_str().expect("base 64")).expect("base 64");
    let message: VersionedMessage = wincode::deserialize(&message).expect("a message");
    let [pause] = message.instructions() else { panic!("one instruction") };
    assert_eq!(&pause.data[..8], ballast::instruction::Pause::DISCRIMINATOR);
    assert_eq!(pause.data[8..], [15, 0, 0, 0, 0, 0, 0, 0, 60, 0, 0, 0]);
    assert_eq!((message.static_account_keys()[0], stage.node.sent()), (guardian, 0));
}

#[test]
fn the_authority_is_handed_over_in_two_steps() {
    let stage = Stage::new();
    let heir = stage.key.pubkey();
    let early = stage.act("market accept --yes").expect_err("the authority is not offered");
    assert_eq!(early.status(), Answer::REFUSED);
    stage.by("authority", &format!("market hand-over {heir} --yes")).expect("an offer");
    stage.act("market accept --yes").expect("the authority");
    assert_eq!(stage.market.state(&stage.node.chained().world).authority, heir);
}

//! Recorded runs and their replays, shadow runs and dry runs.

use crate::keeper::Stage;
use ballast_testkit::User;
use ballast_testkit::user::AssetPair;
use serde_json::Value;
use std::time::Duration;
use tokio::time::sleep;

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_decides_the_same_byte_for_byte() {
    let stage = Stage::new().await;
    let file = stage.folder.path().join("recording");
    let name = file.to_str().expect("text");
    let keeper = stage.start_with("run", &["--record", name]);
    keeper.until_ready().await;
    stage.crash();
    stage.until("a liquidation", |stage| stage.node.with(|chain| chain.liquidated() > 0)).await;
    sleep(Duration::from_secs(1)).await;
    let recorded = keeper.last_word().await;
    assert_eq!(recorded["recorded"]["sends"]["liquidate"], 1, "{recorded}");

    let replayed = || {
        let output = stage.command("replay").arg(name).output().expect("the program");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice::<Value>(&output.stdout).expect("JSON")
    };
    assert_eq!(replayed(), recorded);

    // Killed in the middle of a batch: the replay has all earlier batches.
    let bytes = std::fs::read(&file).expect("a recording");
    std::fs::write(&file, &bytes[..bytes.len() - 3]).expect("a disk");
    let cut = replayed();
    assert_eq!(cut["recorded"]["batches"].as_u64(), recorded["recorded"]["batches"].as_u64().map(|all| all - 1));

    let mut damaged = bytes.clone();
    let middle = bytes.len() / 2;
    damaged[middle] ^= 1;
    std::fs::write(&file, damaged).expect("a disk");
    let output = stage.command("replay").arg(name).output().expect("the program");
    let said = String::from_utf8(output.stderr).expect("text");
    assert!(output.status.code() == Some(1) && said.contains("damaged") && said.contains("hint: "), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shadow_knows_that_it_would_have_been_first() {
    let stage = Stage::new().await;
    let keeper = stage.start("shadow");
    keeper.until_ready().await;
    stage.crash();
    stage.until("a decision", |stage| stage.log().contains("\"kind\":\"liquidate\"")).await;
    sleep(Duration::from_millis(300)).await;
    stage.node.with(|chain| {
        let rival = User::new(&mut chain.world, &stage.market, 1_000_000_000_000);
        let pair = AssetPair { collateral: 0, debt: 1 };
        rival.liquidate(&mut chain.world, &stage.market, &stage.borrower, pair, u64::MAX).expect("a liquidation");
    });
    sleep(Duration::from_millis(700)).await;
    assert_eq!(stage.node.with(|chain| chain.received.len()), 0);
    let score = keeper.last_word().await;
    assert_eq!((&score["score"]["ahead"], &score["score"]["missed"]), (&1.into(), &0.into()), "{score}");
    assert!(score["score"]["slots_ahead"].as_u64() >= Some(1), "{score}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_ends_at_once() {
    let stage = Stage::new().await;
    let keeper = stage.start("dry-run");
    keeper.until_ready().await;
    stage.crash();
    stage.until("a decision", |stage| stage.log().contains("sending")).await;
    let (start, mut keeper) = (std::time::Instant::now(), keeper);
    keeper.signal();
    keeper.ended().await;
    assert!(start.elapsed() < Duration::from_secs(3), "it waits for what it has not sent");
}

use std::time::Duration;

use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

use super::*;

/// Waits for a bell, for a while.
async fn rung(bell: &mut broadcast::Receiver<ConversationId>, within: Duration) -> Option<ConversationId> {
    tokio::time::timeout(within, bell.recv()).await.ok()?.ok()
}

#[tokio::test]
async fn what_is_rung_on_one_replica_is_rung_on_the_other_once() {
    let Some(bench) = Bench::postgres().await else { return };
    let closing = CancellationToken::new();
    let mut replicas = Vec::new();
    for _ in 0..2 {
        let (bell, heard) = broadcast::channel(4_096);
        let relay = bench.replica().await.relay(bell.clone(), RandomIds.fresh(), closing.clone());
        replicas.push((bell, heard, tokio::spawn(relay)));
    }
    let conversation = ConversationId(RandomIds.fresh());
    // Until both listen, a bell may be missed: it is rung until it is heard.
    let [(first, _, _), (_, second, _)] = replicas.as_mut_slice() else { panic!() };
    let mut heard = None;
    for _ in 0..1_000 {
        first.send(conversation).unwrap();
        heard = rung(second, Duration::from_millis(100)).await;
        if heard.is_some() {
            break;
        }
    }
    assert_eq!(heard, Some(conversation));
    while rung(second, Duration::from_millis(300)).await.is_some() {}
    let [(_, first, _), (second, _, _)] = replicas.as_mut_slice() else { panic!() };
    while first.try_recv().is_ok() {}
    // It does not come back.
    assert_eq!(rung(first, Duration::from_millis(300)).await, None);
    let other = ConversationId(RandomIds.fresh());
    second.send(other).unwrap();
    assert_eq!(rung(first, Duration::from_secs(60)).await, Some(other));
    closing.cancel();
    for (_, _, relay) in replicas {
        relay.await.unwrap();
    }
    bench.tidy().await;
}

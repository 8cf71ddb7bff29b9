//! Any bytes as the changes of a step of history: what is read comes back as it was written, and
//! the opposite of its opposite is the change itself.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rollcall::session::{NodeChange, Shift};

fuzz_target!(|stored: &[u8]| {
    let Ok(changes) = serde_json::from_slice::<Vec<NodeChange>>(stored) else { return };
    let written = serde_json::to_vec(&changes).unwrap();
    assert_eq!(serde_json::from_slice::<Vec<NodeChange>>(&written).unwrap(), changes);
    for change in changes {
        assert_eq!(change.clone().opposite().opposite(), change);
        change.nodes();
        let Some((node_id, place)) = change.destination() else { continue };
        let shift = Shift { node_id, to: place.position.clone(), from: place };
        let mut followed = change.clone();
        followed.follow(&shift);
        assert_eq!(followed, change, "a shift to where it stands changes nothing");
    }
});

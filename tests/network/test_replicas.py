import tensorflow as tf

from src.network.batch_norm import gather, several


def test_one_device_holds_everything():
    part = tf.constant([[1.0], [2.0]])
    assert not several()
    assert gather(part) is part


def test_replicas_see_each_others_parts(monkeypatch):
    """Several replicas are trained on in test_strategies; here the others hold the doubled part."""

    class Context:
        num_replicas_in_sync = 2

        def all_gather(self, part, axis):
            return tf.concat([part, 2 * part], axis)

    monkeypatch.setattr("src.network.batch_norm.several", lambda: True)
    monkeypatch.setattr(tf.distribute, "get_replica_context", Context)
    every = gather(tf.constant([[1.0], [2.0]]))
    assert every.numpy().tolist() == [[1.0], [2.0], [2.0], [4.0]]

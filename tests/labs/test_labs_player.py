"""Playing, stepping and seeking, without a screen."""

from __future__ import annotations

from warmstart.labs.player import SPEEDS, Player
from warmstart.labs.timeline import Gap, Timeline

S = 1_000_000
PLAIN = Timeline(10 * S)
FOLDED = Timeline(1_040 * S, (Gap(20 * S, 1_020 * S),))


class TestPlaying:
    def test_stands_still_until_it_plays(self) -> None:
        assert Player(PLAIN).advance(1.0).cursor == 0

    def test_a_second_is_a_second_at_single_speed(self) -> None:
        assert Player(PLAIN).toggle().advance(1.5).cursor == 1_500_000

    def test_speed(self) -> None:
        assert Player(PLAIN, speed=2.0, playing=True).advance(1.5).cursor == 3 * S

    def test_stops_at_the_end_and_starts_over(self) -> None:
        player = Player(PLAIN, cursor=9 * S, playing=True).advance(5)
        assert (player.cursor, player.playing, player.at_end) == (10 * S, False, True)
        again = player.toggle()
        assert (again.cursor, again.playing) == (0, True)

    def test_pause(self) -> None:
        assert not Player(PLAIN, playing=True).toggle().playing

    def test_a_folded_gap_of_a_quarter_of_an_hour_passes_in_seconds(self) -> None:
        player = Player(FOLDED, cursor=19 * S, playing=True)
        frames = 0
        while player.cursor < 1_021 * S:
            player = player.advance(1 / 30)
            frames += 1
        assert 100 < frames < 150

    def test_small_frames_always_move(self) -> None:
        player = Player(FOLDED, cursor=500 * S, playing=True, speed=0.1)
        assert player.advance(0.001).cursor > player.cursor


class TestMoving:
    def test_seek_stays_within_the_run(self) -> None:
        assert Player(PLAIN).seek(-1).cursor == 0
        assert Player(PLAIN).seek(99 * S).cursor == 10 * S

    def test_scrub_moves_in_shown_time(self) -> None:
        assert Player(FOLDED, cursor=19 * S).scrub(1.0 * S).cursor == 20 * S
        assert Player(FOLDED, cursor=1_020 * S).scrub(-FOLDED.gap_length).cursor == 20 * S

    def test_step_goes_from_moment_to_moment_and_pauses(self) -> None:
        moments = [1, 5, 5_000_000]
        player = Player(PLAIN, playing=True).step(moments, 1)
        assert (player.cursor, player.playing) == (1, False)
        assert player.step(moments, 1).cursor == 5
        assert player.step(moments, -1).cursor == 1
        assert Player(PLAIN, cursor=7).step(moments, -1).cursor == 5
        assert Player(PLAIN, cursor=6 * S).step(moments, 1).cursor == 6 * S
        assert Player(PLAIN).step([], 1).cursor == 0

    def test_speeds_have_ends(self) -> None:
        player = Player(PLAIN)
        assert player.faster(1).speed == 2.0
        for _ in range(20):
            player = player.faster(-1)
        assert player.speed == SPEEDS[0]
        for _ in range(20):
            player = player.faster(1)
        assert player.speed == SPEEDS[-1]

    def test_unfolding_keeps_the_moment(self) -> None:
        player = Player(FOLDED, cursor=700 * S).on(Timeline(FOLDED.duration))
        assert player.cursor == 700 * S

using Microsoft.Extensions.Time.Testing;
using Microsoft.ML.OnnxRuntime;
using ServerlessMme.Onnx.Sessions;
using ServerlessMme.Onnx.Tests.Models;

namespace ServerlessMme.Onnx.Tests.Sessions;

public sealed class SessionMemoryTests
{
    private const long KiB = 1024;
    private static readonly byte[] Onnx = Networks.Dense(1);
    private readonly FakeTimeProvider _time = new();
    private readonly SessionMemory _memory;
    private TimeSpan _cost = TimeSpan.FromMilliseconds(0.1);
    private long _allocated;
    private int _reads;

    public SessionMemoryTests() => _memory = new SessionMemory(_time, () =>
    {
        _reads++;
        _time.Advance(_cost);
        return _allocated;
    });

    [Fact]
    public void Each_session_is_measured_while_that_is_cheap()
    {
        Assert.Equal(100 * KiB, Measure(100 * KiB));
        Assert.Equal(200 * KiB, Measure(200 * KiB));
        Assert.Equal(4, _reads);
    }

    [Fact]
    public void A_session_is_estimated_while_measuring_would_take_too_long()
    {
        MeasureMany(100 * KiB);
        var reads = _reads;

        Assert.Equal(100 * KiB, Measure(160 * KiB));
        Assert.Equal(reads, _reads);
    }

    [Fact]
    public void A_session_is_measured_again_after_a_multiple_of_what_it_took()
    {
        MeasureMany(100 * KiB);
        _time.Advance(50 * 2 * _cost);

        Assert.Equal(160 * KiB, Measure(160 * KiB));
    }

    [Fact]
    public void Blurred_measurements_leave_the_estimate_as_it_is()
    {
        _cost = TimeSpan.FromMilliseconds(10);
        for (var i = 0; i < 31; i++)
        {
            Measure(i % 3 == 0 ? 200 * KiB : 100 * KiB);
        }

        Assert.Equal(100 * KiB, Measure(100 * KiB));
        Assert.Equal(2 * 31, _reads);
    }

    [Fact]
    public void An_estimate_follows_the_size_of_the_graph()
    {
        MeasureMany(2 * 32 * KiB);

        Assert.Equal(2 * (32 + 64) * KiB, Measure(0, heldBytes: 64 * KiB));
    }

    [Fact]
    public void A_session_unlike_others_is_measured_twice()
    {
        MeasureMany(100 * KiB);
        _time.Advance(TimeSpan.FromMinutes(1));
        var taken = new Queue<long>([250 * KiB, 110 * KiB]);

        Assert.Equal(110 * KiB, Measure(taken.Dequeue));
        Assert.Empty(taken);
    }

    [Fact]
    public void A_session_stays_open_where_a_second_one_cannot_be_opened()
    {
        MeasureMany(100 * KiB);
        _time.Advance(TimeSpan.FromMinutes(1));
        var taken = new Queue<Func<long>>([() => 250 * KiB, () => throw new IOException("gone")]);

        Assert.Equal(250 * KiB, Measure(() => taken.Dequeue()()));
    }

    [Fact]
    public void A_large_model_is_measured_however_long_that_takes()
    {
        MeasureMany(100 * KiB);

        Assert.Equal(9000 * KiB, Measure(9000 * KiB, heldBytes: 2048 * KiB));
    }

    [Fact]
    public void A_session_that_takes_the_same_twice_does_take_it()
    {
        MeasureMany(50 * KiB);
        _time.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(200 * KiB, Measure(200 * KiB));
    }

    [Fact]
    public void A_figure_that_other_runs_blurred_is_kept_within_what_is_likely()
    {
        Assert.Equal(32 * KiB, Measure(-KiB));
        Assert.Equal(8 * 32 * KiB, Measure(1000 * KiB));
    }

    /// <summary>As many as an estimate needs.</summary>
    private void MeasureMany(long taken)
    {
        _cost = TimeSpan.FromMilliseconds(10);
        for (var i = 0; i < 31; i++)
        {
            Measure(taken);
        }
    }

    private long Measure(long taken, long heldBytes = 0) => Measure(() => taken, heldBytes);

    private long Measure(Func<long> taken, long heldBytes = 0) => _memory.Measure(() =>
    {
        _allocated += taken();
        return new LoadedSession(new InferenceSession(Onnx), 0, default, []);
    }, heldBytes, 0).PrivateBytes;
}

using ServerlessMme.Onnx.Pages;

namespace ServerlessMme.Onnx.Tests.Pages;

public sealed class ReadAheadTests
{
    private readonly Queue<Action> _queued = new();
    private readonly ReadAhead _ahead;
    private readonly List<string> _read = [];

    public ReadAheadTests() => _ahead = new ReadAhead(_queued.Enqueue);

    [Fact]
    public void Few_models_are_read_at_a_time_and_others_are_left_to_their_runs()
    {
        Assert.True(Start("a"));
        Assert.True(Start("b"));
        Assert.False(Start("c"));

        _queued.Dequeue()();

        Assert.True(Start("d"));
        Assert.False(Start("e"));
        Assert.Equal(["a"], _read);
    }

    [Fact]
    public void A_model_is_read_once_at_a_time()
    {
        Assert.True(Start("a"));
        Assert.False(Start("a"));
        Assert.True(Start("b"));

        _queued.Dequeue()();

        Assert.True(Start("a"));
    }

    [Fact]
    public void A_read_that_fails_is_left_to_the_run()
    {
        Assert.True(_ahead.TryStart("a", () => throw new IOException("broken")));

        _queued.Dequeue()();

        Assert.True(Start("a"));
    }

    private bool Start(string model) => _ahead.TryStart(model, () => _read.Add(model));
}

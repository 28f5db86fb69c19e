namespace ServerlessMme.Core.Tests.Groups;

public sealed class GroupPrefetchTests : IDisposable
{
    private const int Timeout = 60_000;
    private const int Workers = 4;
    private readonly GroupWorld _world = new();

    public void Dispose() => _world.Dispose();

    [Fact(Timeout = Timeout)]
    public async Task The_next_members_are_read_while_others_run()
    {
        for (var i = 0; i < Workers; i++)
        {
            _world.Catalog.Publish($"m{i}");
        }

        _world.Catalog.Publish("next");
        _world.Catalog.Alias("last", "next");
        _world.Images.Images["x.jpg"] = "7";
        await _world.LabelAsync();
        // Nothing was loaded when the first members ran.
        Assert.DoesNotContain("m3", _world.Backends.Prefetched);
        _world.Backends.Prefetched.Clear();

        await _world.LabelAsync(skipLabelled: false);

        Assert.Equal(["next", "next"], _world.Backends.Prefetched);
    }

    [Fact(Timeout = Timeout)]
    public async Task Members_whose_answers_are_kept_are_not_read()
    {
        for (var i = 0; i <= Workers; i++)
        {
            _world.Catalog.Publish($"m{i}");
        }

        _world.Images.Images["x.jpg"] = "7";
        await _world.LabelAsync();
        _world.Backends.Prefetched.Clear();
        _world.Catalog.Publish("m0", "2");

        await _world.LabelAsync();

        Assert.Empty(_world.Backends.Prefetched);
    }
}

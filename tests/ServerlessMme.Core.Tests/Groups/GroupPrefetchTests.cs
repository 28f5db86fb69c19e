using ServerlessMme.Core.Memory;

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

        await _world.LabelAsync(skipLabeled: false);

        Assert.Equal(["next", "next"], _world.Backends.Prefetched);
    }

    [Fact(Timeout = Timeout)]
    public async Task Members_whose_answers_are_kept_are_not_read()
    {
        // A tensor takes all of a group's share, so the images are asked about in turn.
        const string Input = """{"width":700,"height":1024,"channels":"grey","type":"uint8"}""";
        const int MiB = 1 << 20;
        using var world = new GroupWorld(memory: new WorkingMemory(MemoryPlan.Create(
            new MemoryOptions { LimitBytes = 1024L * MiB, ScoringBytes = 4 * MiB }, 0, 48 * MiB)));
        for (var i = 0; i <= Workers; i++)
        {
            world.Catalog.Publish($"m{i}", input: Input);
        }

        world.Images.Images["kept.jpg"] = "7";
        world.Images.Images["other.jpg"] = "8";
        await world.LabelAsync();
        world.Backends.Prefetched.Clear();
        world.Catalog.Publish("m0", "2", Input);
        world.Images.Images["other.jpg"] = "9";

        await world.LabelAsync();

        // For the image that has changed, and not for the other.
        Assert.Equal(["m4"], world.Backends.Prefetched);
    }
}

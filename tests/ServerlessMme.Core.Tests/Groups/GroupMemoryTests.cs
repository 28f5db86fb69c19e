using ServerlessMme.Core.Memory;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Pipeline;
using ServerlessMme.Core.Requests;
using ServerlessMme.Core.Tests.Pipeline;

namespace ServerlessMme.Core.Tests.Groups;

public sealed class GroupMemoryTests
{
    private const int Timeout = 60_000;
    private const int MiB = 1 << 20;

    [Theory(Timeout = Timeout)]
    [InlineData(16, 12)]
    [InlineData(256, 12)]
    // A single tensor takes more than a group's share.
    [InlineData(700, 3)]
    public async Task Images_whose_tensors_do_not_fit_together_are_asked_about_in_turn(int width, int images)
    {
        using var world = new GroupWorld(memory: SmallMemory());
        Publish(world, "m", members: 5, Input(width));
        Publish(world, "wide", members: 2, Input(width + 1));
        for (var i = 0; i < images; i++)
        {
            world.Images.Images[$"{i}.jpg"] = $"{i}";
        }

        Assert.Equal(new BatchCounts(images, 0, 0), await world.LabelAsync());

        Assert.Equal(7 * images, world.Backends.Scored.Count);
        Assert.Equal(2 * images, world.Preprocessor.Fills);
    }

    [Fact(Timeout = Timeout)]
    public async Task Groups_and_models_that_share_little_memory_do_not_wait_for_each_other_forever()
    {
        // Two models fit, and tensors of two micro-batches.
        using var world = new GroupWorld(budgetBytes: 2 * MiB, memory: SmallMemory());
        Publish(world, "m", members: 6, Input(256), bytes: MiB);
        for (var i = 0; i < 10; i++)
        {
            world.Images.Images[$"{i}.jpg"] = $"{i}";
        }

        var models = Enumerable.Range(0, 12).Select(i => RunAsync(ModelName.Parse($"m{i % 6}").Value));
        var groups = Enumerable.Range(0, 6).Select(_ => RunAsync(GroupWorld.Topics));
        var counts = await Task.WhenAll(models.Concat(groups));

        Assert.All(counts, count => Assert.Equal(new BatchCounts(10, 0, 0), count));
        Assert.InRange(world.Backends.MostLive, 1, 2);

        Task<BatchCounts> RunAsync(ModelName name) => Task.Run(() => world.Classifier.RunAsync(
            new ClassifyRequest(name, [.. world.Images.Images.Keys]), world.Images, new FakeSink(), null,
            CancellationToken.None));
    }

    [Fact(Timeout = Timeout)]
    public async Task A_group_that_waits_for_a_model_leaves_tensors_to_models_that_wait_for_them()
    {
        // One model fits. The group's next image must wait for one that has begun meanwhile.
        using var world = new GroupWorld(budgetBytes: MiB, memory: SmallMemory());
        Publish(world, "m", members: 1, Input(128), bytes: MiB);
        world.Catalog.Publish("alone", input: Input(256), bytes: MiB);
        world.Catalog.Members.Remove("alone");
        world.Images.Images["0.jpg"] = "0";
        world.Images.Images["1.jpg"] = "1";
        Task<BatchCounts>? alone = null;
        world.Backends.OnScore = (name, _) =>
        {
            if (name == "m0" && alone is null)
            {
                alone = RunAsync(ModelName.Parse("alone").Value);
            }

            return null;
        };

        Assert.Equal(new BatchCounts(2, 0, 0), await RunAsync(GroupWorld.Topics));
        Assert.Equal(new BatchCounts(2, 0, 0), await alone!);

        Task<BatchCounts> RunAsync(ModelName name) => Task.Run(() => world.Classifier.RunAsync(
            new ClassifyRequest(name, [.. world.Images.Images.Keys]), world.Images, new FakeSink(), null,
            CancellationToken.None));
    }

    [Fact(Timeout = Timeout)]
    public async Task Many_drops_at_once_are_answered()
    {
        using var world = new GroupWorld(memory: SmallMemory());
        Publish(world, "m", members: 50, Input(16));
        for (var i = 0; i < 40; i++)
        {
            world.Images.Images[$"{i}.jpg"] = $"{i}";
        }

        var counts = await Task.WhenAll(world.Images.Images.Keys.Select(image => Task.Run(() =>
            world.Classifier.RunAsync(
                new ClassifyRequest(GroupWorld.Topics, [image]), world.Images, world.Labels, null,
                CancellationToken.None))));

        Assert.All(counts, count => Assert.Equal(new BatchCounts(1, 0, 0), count));
        Assert.Equal(2000, world.Backends.Scored.Count);
    }

    private static void Publish(GroupWorld world, string prefix, int members, string input, int bytes = 1)
    {
        for (var i = 0; i < members; i++)
        {
            world.Catalog.Publish($"{prefix}{i}", input: input, bytes: bytes);
        }
    }

    private static string Input(int width) =>
        $$"""{"width":{{width}},"height":1024,"channels":"grey","type":"uint8"}""";

    /// <summary>At most 768 KiB for the tensors of one micro-batch.</summary>
    private static WorkingMemory SmallMemory() => new(MemoryPlan.Create(
        new MemoryOptions { LimitBytes = 1024L * MiB, ScoringBytes = 4 * MiB }, 0, 48 * MiB));
}

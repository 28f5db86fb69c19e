using ServerlessMme.Core.Backends;
using ServerlessMme.Core.Models.Cache;

namespace ServerlessMme.Core.Tests.Models.Cache;

public sealed class EvictionPolicyTests
{
    /// <summary>
    /// A model is written as name:bytes:idle, with L for a lease, P for pinned, D for draining or loading, and Y for
    /// younger than the churn age.
    /// </summary>
    [Theory]
    [InlineData("", 1, "", "An empty cache has no victim")]
    [InlineData("a:5:1", 0, "", "Nothing is evicted when nothing is needed")]
    [InlineData("a:5:1", -3, "", "Nothing is evicted when there is room to spare")]
    [InlineData("a:5:1", 5, "a", "The only model goes")]
    [InlineData("a:5:1 b:5:2", 5, "b", "The least recently used goes")]
    [InlineData("b:5:2 a:5:1", 5, "b", "The order of the snapshot does not matter")]
    [InlineData("a:5:1 b:5:2 c:5:3", 6, "c b", "As many go as are needed, the least recently used first")]
    [InlineData("a:5:1 b:5:2 c:5:3", 5, "c", "No more go than are needed")]
    [InlineData("a:9:1 b:1:2 c:1:3", 3, "c b a", "A large model goes after small ones that were used before it")]
    [InlineData("a:1:1 b:9:2 c:1:3", 3, "c b", "The one that brings enough is the last")]
    [InlineData("a:5:9L b:5:1", 5, "b", "A leased model stays, however long ago it was leased")]
    [InlineData("a:5:9P b:5:1", 5, "b", "A pinned model stays")]
    [InlineData("a:5:9Y b:5:1", 5, "b", "A model younger than the churn age stays")]
    [InlineData("a:5:9D b:5:1", 5, "b", "What drains or loads cannot be evicted again")]
    [InlineData("a:5:9L", 5, "", "No victim while the only model is in use")]
    [InlineData("a:5:9P", 5, "", "No victim when the only model is pinned")]
    [InlineData("a:5:9Y", 5, "", "No victim while the only model is too young")]
    [InlineData("a:5:1 b:5:2L", 10, "a", "What is free goes when leases will bring the rest")]
    [InlineData("a:5:1 b:5:2D", 10, "a", "What is free goes when draining models will bring the rest")]
    [InlineData("a:5:1 b:5:2Y", 10, "a", "What is free goes when time will bring the rest")]
    [InlineData("a:5:1 b:5:2P", 10, "", "Nothing goes in vain when pinned models leave too little")]
    [InlineData("a:5:1 b:5:2", 11, "", "Nothing goes in vain when all models together are too small")]
    [InlineData("a:0:9 b:5:1", 5, "a b", "Models without bytes bring nothing")]
    public void Victims_are_idle_least_recently_used_and_just_enough(
        string models, long needed, string victims, string reason)
    {
        var words = models.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var candidates = words.Select(Parse).ToArray();

        var chosen = EvictionPolicy.Choose(candidates, needed, Churn).Victims;

        Assert.True(victims == string.Join(' ', chosen.Select(index => words[index].Split(':')[0])), reason);
    }

    [Theory]
    [InlineData("a:5:1 b:5:2 c:5:3", 5, 5, "c b", "Victims ahead come after those that are needed")]
    [InlineData("a:5:1 b:5:2L", 5, 50, "a", "Fewer are named ahead when there are no more")]
    [InlineData("a:5:1", 0, 5, "", "None are named ahead when nothing is needed")]
    public void Victims_are_named_ahead(string models, long needed, long ahead, string victims, string reason)
    {
        var words = models.Split(' ');

        var chosen = EvictionPolicy.Choose(words.Select(Parse).ToArray(), needed, Churn, ahead).Victims;

        Assert.True(victims == string.Join(' ', chosen.Select(index => words[index].Split(':')[0])), reason);
    }

    [Theory]
    [InlineData("a:5:1", null, "An old model needs no waiting")]
    [InlineData("a:5:1Y", 4, "A young model is ready to go when the churn age is over")]
    [InlineData("a:5:1YL", null, "A leased one says so when its lease ends")]
    [InlineData("a:5:1YP b:5:1YD", null, "Pinned and draining ones never")]
    public void Waiting_helps_where_a_model_is_only_too_young(string models, int? seconds, string reason)
    {
        var candidates = models.Split(' ').Select(Parse).ToArray();

        var next = EvictionPolicy.NextChange(candidates, Churn);

        Assert.True(next == (seconds is { } s ? TimeSpan.FromSeconds(s) : null), reason);
    }

    /// <summary>A trunk is written as name:bytes; a model has the trunk that follows its flags.</summary>
    [Theory]
    [InlineData("a:1:2/t b:1:1/t", "t:8", 10, "a b", 10, "A trunk leaves with its last model")]
    [InlineData("a:1:2/t b:1:1/t", "t:8", 1, "a", 1, "A trunk stays while a model needs it")]
    [InlineData("a:1:2/t b:1:1/t c:5:3", "t:8", 6, "c a", 6, "A trunk that stays brings nothing")]
    [InlineData("a:1:2/t b:1:1P/t", "t:8", 2, "", 0, "The trunk of a pinned model can't be had")]
    [InlineData("a:1:2/t b:1:1L/t", "t:8", 10, "a", 1, "A trunk comes when the leases on its models end")]
    [InlineData("a:1:2/t b:1:1/u", "t:4 u:4", 5, "a", 5, "Each trunk has its own models")]
    [InlineData("a:1:2/t b:1:1/u", "t:4 u:4 stem:2", 12, "a b", 12, "The part below two trunks leaves with both")]
    [InlineData("a:1:2/t b:1:1P/u", "t:4 u:4 stem:2", 6, "", 0, "It stays with one of them")]
    public void Trunks_count_once_and_leave_with_their_last_model(
        string models, string trunks, long needed, string victims, long freed, string reason)
    {
        var words = models.Split(' ');
        var candidates = words.Select(word => Parse(word.Split('/')[0]) with
        {
            Trunk = word.Split('/').ElementAtOrDefault(1),
        });
        var shared = trunks.Split(' ').Select(word => word.Split(':'))
            .Select(parts => new TrunkStatus(parts[0], long.Parse(parts[1]), 1)).ToList();

        var choice = EvictionPolicy.Choose(candidates.ToArray(), needed, Churn, trunks: shared);

        Assert.True(victims == string.Join(' ', choice.Victims.Select(index => words[index].Split(':')[0])), reason);
        Assert.True(freed == choice.FreedBytes, reason);
    }

    /// <summary>A model's time to load it again, in milliseconds, follows its flags.</summary>
    [Theory]
    [InlineData("a:5:1/5 b:5:2/5 c:5:3/5", 10, "c b", "Equal ones go by age")]
    [InlineData("a:5:4/10 b:5:3/1", 5, "b", "One that loads fast goes before one idle for a little longer")]
    [InlineData("a:1:4/5 b:9:3/5", 1, "b", "One that frees more goes before one idle for a little longer")]
    [InlineData("a:5:40/1000 b:5:1/1", 5, "a", "A slow load counts for no more than eight times")]
    [InlineData("a:5:3/2 b:5:2 c:5:1/2", 10, "a b", "One whose time isn't known counts as the others do")]
    [InlineData("a:5:1/0 b:5:2/0", 5, "b", "Times below the clock's resolution don't count")]
    [InlineData("a:0:9/1 b:5:1/1", 5, "b", "One without bytes brings nothing")]
    public void Models_that_load_fast_compared_to_their_bytes_go_first(
        string models, long needed, string victims, string reason)
    {
        var words = models.Split(' ');
        var candidates = words.Select(word => Parse(word.Split('/')[0]) with
        {
            Reload = word.Split('/') is [_, var time] ? TimeSpan.FromMilliseconds(int.Parse(time)) : null,
        });

        var chosen = EvictionPolicy.Choose(candidates.ToArray(), needed, Churn).Victims;

        Assert.True(victims == string.Join(' ', chosen.Select(index => words[index].Split(':')[0])), reason);
    }

    private static readonly TimeSpan Churn = TimeSpan.FromSeconds(10);

    private static EvictionCandidate Parse(string model)
    {
        var parts = model.Split(':');
        var flags = parts[2].TrimStart('0', '1', '2', '3', '4', '5', '6', '7', '8', '9');
        return new EvictionCandidate(
            long.Parse(parts[1]),
            TimeSpan.FromSeconds(int.Parse(parts[2][..^flags.Length])),
            flags.Contains('Y') ? TimeSpan.FromSeconds(6) : Churn,
            flags.Contains('L') ? 1 : 0,
            flags.Contains('P'),
            !flags.Contains('D'));
    }
}

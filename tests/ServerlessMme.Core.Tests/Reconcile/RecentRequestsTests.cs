using Microsoft.Extensions.Time.Testing;
using ServerlessMme.Core.Reconcile;

namespace ServerlessMme.Core.Tests.Reconcile;

public sealed class RecentRequestsTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void An_image_is_asked_for_once_until_the_time_is_over()
    {
        var asked = new RecentRequests(TimeSpan.FromMinutes(2), 10, _time);

        Assert.True(asked.TryAdd(Image("a")));
        Assert.False(asked.TryAdd(Image("a")));
        _time.Advance(TimeSpan.FromMinutes(1));
        asked.ForgetOld();
        Assert.False(asked.TryAdd(Image("a")));
        _time.Advance(TimeSpan.FromMinutes(1));
        asked.ForgetOld();
        Assert.True(asked.TryAdd(Image("a")));
    }

    [Fact]
    public void Another_version_is_another_question()
    {
        var asked = new RecentRequests(TimeSpan.FromMinutes(2), 10, _time);

        Assert.True(asked.TryAdd(Image("a")));
        Assert.True(asked.TryAdd(Image("a") with { ETag = "2" }));
        Assert.True(asked.TryAdd(Image("a") with { Version = "v2" }));
    }

    [Fact]
    public void A_version_that_comes_back_is_asked_again()
    {
        var asked = new RecentRequests(TimeSpan.FromMinutes(2), 10, _time);

        Assert.True(asked.TryAdd(Image("a")));
        Assert.True(asked.TryAdd(Image("a") with { Version = "v2" }));
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.True(asked.TryAdd(Image("a")));
        Assert.False(asked.TryAdd(Image("a")));
        _time.Advance(TimeSpan.FromMinutes(1));
        asked.ForgetOld();
        Assert.False(asked.TryAdd(Image("a")));
        _time.Advance(TimeSpan.FromMinutes(1));
        asked.ForgetOld();
        Assert.True(asked.TryAdd(Image("a")));
    }

    [Fact]
    public void What_is_remembered_is_bounded()
    {
        var asked = new RecentRequests(TimeSpan.FromMinutes(2), 2, _time);

        Assert.True(asked.TryAdd(Image("a")));
        Assert.True(asked.TryAdd(Image("b")));
        Assert.True(asked.IsFull);
        Assert.False(asked.TryAdd(Image("c")));
    }

    private static RecentRequest Image(string name) => new("m", name, "1", "v1");
}

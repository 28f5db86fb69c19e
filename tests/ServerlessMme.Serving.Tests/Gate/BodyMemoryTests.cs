using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using ServerlessMme.Serving.Errors;
using ServerlessMme.Serving.Gate;
using ServerlessMme.Serving.Settings;

namespace ServerlessMme.Serving.Tests.Gate;

public sealed class BodyMemoryTests
{
    private readonly BodyMemory _memory =
        new(Options.Create(new ServeOptions { MaxBodyBytes = 100, MaxBodyMemoryBytes = 400 }));

    [Fact]
    public void From_three_quarters_on_the_body_that_has_been_arriving_for_longest_makes_room()
    {
        using var first = Open(100);
        using var second = Open(100);
        using var third = Open(100);
        Assert.False(first.Displaced.IsCancellationRequested);

        using var fourth = Open(50);

        Assert.True(first.Displaced.IsCancellationRequested);
        Assert.All([second, third, fourth], share => Assert.False(share.Displaced.IsCancellationRequested));
    }

    [Fact]
    public void No_more_than_needed_make_room_while_the_first_is_still_leaving()
    {
        using var first = Open(100);
        using var second = Open(100);
        using var third = Open(100);
        using var fourth = Open(40);

        using var fifth = Open(40);

        Assert.True(first.Displaced.IsCancellationRequested);
        Assert.False(second.Displaced.IsCancellationRequested);
    }

    [Fact]
    public void A_whole_body_keeps_its_memory_and_the_next_one_is_refused()
    {
        using var whole = Open(300);
        whole.Settle();

        using var next = Open(50);

        Assert.False(whole.Displaced.IsCancellationRequested);
        Assert.True(next.Displaced.IsCancellationRequested);
        Assert.Equal(503, Assert.Throws<ServeException>(next.Settle).Error.Status);
    }

    [Fact]
    public void Never_more_than_the_limit_is_taken()
    {
        using var first = Open(300);
        using var second = Open(100);

        using var third = _memory.Open();

        Assert.Equal(503, Assert.Throws<ServeException>(() => third.Take(1)).Error.Status);
        Assert.Equal(400, _memory.UsedBytes);
    }

    [Fact]
    public void All_memory_is_given_back()
    {
        var first = Open(100);
        first.Return(40);
        Assert.Equal(60, _memory.UsedBytes);
        first.Settle();
        var second = Open(280);
        Assert.True(second.Displaced.IsCancellationRequested);

        first.Dispose();
        second.Dispose();
        first.Dispose();

        Assert.Equal(0, _memory.UsedBytes);
        using var next = Open(300);
        Assert.False(next.Displaced.IsCancellationRequested);
    }

    [Theory]
    [InlineData(100, 399, 1)]
    [InlineData(100, 400, 0)]
    [InlineData(1 << 29, 0, 0)]
    public void Memory_for_fewer_than_four_bodies_is_refused_at_startup(int body, long memory, int problems)
    {
        var options = new ServeOptions { MaxBodyBytes = body, MaxBodyMemoryBytes = memory };

        Assert.Equal(problems, options.Validate(new ValidationContext(options)).Count());
    }

    private BodyShare Open(int bytes)
    {
        var share = _memory.Open();
        share.Take(bytes);
        return share;
    }
}

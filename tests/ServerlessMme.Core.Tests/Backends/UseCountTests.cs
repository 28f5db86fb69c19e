using ServerlessMme.Core.Backends;

namespace ServerlessMme.Core.Tests.Backends;

public sealed class UseCountTests
{
    private readonly UseCount _uses = new();

    [Fact]
    public void Closing_an_unused_count_frees_at_once_and_only_once()
    {
        Assert.True(_uses.Close());
        Assert.False(_uses.Close());
        Assert.False(_uses.TryCloseUnused());
    }

    [Fact]
    public void Last_user_to_leave_after_closing_frees()
    {
        Assert.True(_uses.TryEnter());
        Assert.True(_uses.TryEnter());

        Assert.False(_uses.Close());
        Assert.Equal(2, _uses.Users);
        Assert.False(_uses.Exit());
        Assert.True(_uses.Exit());
        Assert.Equal(0, _uses.Users);
    }

    [Fact]
    public void Nobody_enters_after_closing()
    {
        _uses.TryEnter();
        _uses.Close();

        Assert.False(_uses.TryEnter());
        Assert.True(_uses.Exit());
        Assert.False(_uses.TryEnter());
    }

    [Fact]
    public void Leaving_an_open_count_frees_nothing()
    {
        _uses.TryEnter();

        Assert.False(_uses.Exit());
        Assert.True(_uses.TryEnter());
    }

    [Fact]
    public void Count_in_use_is_not_closed_as_unused()
    {
        _uses.TryEnter();

        Assert.False(_uses.TryCloseUnused());
        Assert.True(_uses.TryEnter());
        _uses.Exit();
        _uses.Exit();
        Assert.True(_uses.TryCloseUnused());
        Assert.False(_uses.TryEnter());
    }

    [Fact]
    public async Task Exactly_one_caller_frees_and_never_while_somebody_is_inside()
    {
        for (var round = 0; round < 500; round++)
        {
            var uses = new UseCount();
            var inside = 0;
            var freed = 0;
            var wrong = 0;
            await Task.WhenAll(Enumerable.Range(0, 4).Select(user => Task.Run(() =>
            {
                for (var i = 0; i < 50 && uses.TryEnter(); i++)
                {
                    Interlocked.Increment(ref inside);
                    Interlocked.Add(ref wrong, Volatile.Read(ref freed));
                    Interlocked.Decrement(ref inside);
                    Free(uses.Exit());
                }

                Free(user % 2 == 0 ? uses.Close() : uses.TryCloseUnused());
            })));

            Assert.Equal((1, 0, 0), (freed, wrong, uses.Users));

            void Free(bool last)
            {
                if (last)
                {
                    Interlocked.Increment(ref freed);
                    Interlocked.Add(ref wrong, Volatile.Read(ref inside));
                }
            }
        }
    }
}

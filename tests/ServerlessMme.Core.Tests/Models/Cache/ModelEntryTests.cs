using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Cache;
using ServerlessMme.Testing.Cache;

namespace ServerlessMme.Core.Tests.Models.Cache;

public sealed class ModelEntryTests : IDisposable
{
    private static readonly ModelDescriptor Descriptor = new(CacheUnderTest.Name("cats"), "v1", 7);

    private readonly FakeBackends _backends = new();
    private readonly TestMeters _meters = new();
    private readonly FakeTimeProvider _time = new();
    private readonly MemoryBudget _budget;
    private readonly ModelEntry _entry;

    public ModelEntryTests()
    {
        _budget = new MemoryBudget(new ModelCacheOptions { BudgetBytes = 1 << 30 }, _time);
        _entry = new ModelEntry(Descriptor, _budget, new ModelCacheMetrics(_meters, 1), _time, NullLogger.Instance);
        _budget.Add(_entry);
    }

    [Fact]
    public void Loading_becomes_ready_draining_and_unloaded()
    {
        Assert.Equal(ModelState.Loading, State);
        var lease = _entry.BecomeReady(CreateModel());
        Assert.Equal(ModelState.Ready, State);
        _entry.Retire(UnloadReason.Replaced);
        Assert.Equal(ModelState.Draining, State);
        lease.Dispose();
        Assert.Equal(ModelState.Unloaded, State);
        Assert.Empty(_budget.Snapshot());
        Assert.Equal(0, _budget.Bytes);
    }

    [Fact]
    public void Loading_fails_and_gives_its_bytes_back()
    {
        _entry.Charge(5);
        Assert.Equal(5, _budget.Bytes);

        _entry.FailIfLoading();

        Assert.Equal(ModelState.Failed, State);
        Assert.Equal(0, _budget.Bytes);
        Assert.Empty(_budget.Snapshot());
    }

    [Fact]
    public void Failed_entry_cannot_become_ready()
    {
        _entry.FailIfLoading();

        var exception = Assert.Throws<InvalidOperationException>(() => _entry.BecomeReady(CreateModel()));
        Assert.Equal("Model 'cats' cannot go from Failed to Ready.", exception.Message);
    }

    [Fact]
    public void Ready_entry_cannot_become_ready_again()
    {
        using var lease = _entry.BecomeReady(CreateModel());

        Assert.Throws<InvalidOperationException>(() => _entry.BecomeReady(CreateModel()));
    }

    [Fact]
    public void No_lease_is_given_but_on_a_ready_model()
    {
        Assert.Null(_entry.TryLease());
        var lease = _entry.BecomeReady(CreateModel());
        _entry.TryLease()!.Dispose();
        _entry.Retire(UnloadReason.Replaced);
        Assert.Null(_entry.TryLease());
        lease.Dispose();
        Assert.Null(_entry.TryLease());
    }

    [Fact]
    public void Leased_entry_is_not_evicted()
    {
        var lease = _entry.BecomeReady(CreateModel());
        Assert.Null(_entry.TryEvict(_time.GetTimestamp()));
        lease.Dispose();
        Assert.Equal(7, _entry.TryEvict(_time.GetTimestamp()));
        Assert.Null(_entry.TryEvict(_time.GetTimestamp()));
        Assert.Equal(1, _backends.Disposed);
    }

    [Fact]
    public void Entry_used_since_it_was_chosen_is_not_evicted()
    {
        _entry.BecomeReady(CreateModel()).Dispose();
        var chosenAt = _time.GetTimestamp();
        _time.Advance(TimeSpan.FromSeconds(1));
        _entry.TryLease()!.Dispose();

        Assert.Null(_entry.TryEvict(chosenAt));
        Assert.Equal(ModelState.Ready, State);
    }

    [Fact]
    public void Retiring_twice_or_too_early_or_too_late_does_nothing()
    {
        _entry.Retire(UnloadReason.Replaced);
        Assert.Equal(ModelState.Loading, State);
        _entry.BecomeReady(CreateModel()).Dispose();
        _entry.Retire(UnloadReason.Replaced);
        _entry.Retire(UnloadReason.Shutdown);
        Assert.Equal((ModelState.Unloaded, 1), (State, _backends.Disposed));
    }

    public void Dispose()
    {
        Assert.Empty(_backends.Violations);
        _meters.Dispose();
    }

    private ModelState State => _entry.ToStatus().State;

    private LoadedModel CreateModel() =>
        new(Descriptor, "sha256:1", null!, new FakeBackends.FakeBackend(_backends, Descriptor));
}

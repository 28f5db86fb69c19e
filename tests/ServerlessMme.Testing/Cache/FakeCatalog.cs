using System.Collections.Concurrent;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Testing.Cache;

/// <summary>Models published in memory, with one manifest for all. Thread-safe.</summary>
public sealed class FakeCatalog : IModelCatalog, IDisposable
{
    private readonly ConcurrentDictionary<ModelName, ModelDescriptor> _published = new();
    private readonly ConcurrentDictionary<ModelName, ModelName> _aliases = new();
    private readonly ConcurrentDictionary<ModelName, ModelName[]> _groups = new();
    private readonly string _manifest = Path.GetTempFileName();
    private int _finds;
    private int _fetches;

    public FakeCatalog() =>
        File.WriteAllText(_manifest, """{"labels":["cat","dog"],"input":{"width":4,"height":2}}""");

    /// <summary>Runs in each look-up, after its answer is known.</summary>
    public Func<ModelName, Task> OnFind { get; set; } = _ => Task.CompletedTask;

    /// <summary>Runs in each download, before the version is compared.</summary>
    public Func<ModelDescriptor, Task> OnFetch { get; set; } = _ => Task.CompletedTask;

    public int Finds => Volatile.Read(ref _finds);

    public int Fetches => Volatile.Read(ref _fetches);

    public void Publish(ModelName name, string version, long bytes) =>
        _published[name] = new ModelDescriptor(name, version, bytes);

    /// <summary>Makes a name stand for a published model. Later publications of that one are followed.</summary>
    public void Alias(ModelName alias, ModelName target) => _aliases[alias] = target;

    /// <summary>Makes a name stand for many, published or not.</summary>
    public void Group(ModelName group, params ModelName[] members) => _groups[group] = members;

    public void Remove(ModelName name) => _published.TryRemove(name, out _);

    public IAsyncEnumerable<ModelDescriptor> ListAsync(CancellationToken cancellationToken) =>
        _published.Values.ToAsyncEnumerable();

    public async Task<ModelDescriptor?> FindAsync(ModelName name, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _finds);
        cancellationToken.ThrowIfCancellationRequested();
        var descriptor = _groups.TryGetValue(name, out var members)
            ? Describe(name, members)
            : _published.GetValueOrDefault(_aliases.GetValueOrDefault(name, name));
        if (_aliases.TryGetValue(name, out var target))
        {
            descriptor = descriptor! with { Name = name, Target = target };
        }

        await OnFind(name);
        return descriptor;
    }

    public async Task<Outcome<ModelFiles>> FetchAsync(ModelDescriptor descriptor, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _fetches);
        await OnFetch(descriptor);
        cancellationToken.ThrowIfCancellationRequested();
        if (!_published.TryGetValue(descriptor.Name, out var published) || published.Version != descriptor.Version)
        {
            throw new ModelReplacedException(descriptor.Name, descriptor.Version);
        }

        return new ModelFiles(_manifest, null, $"sha256:{descriptor.Name}-{descriptor.Version}");
    }

    private ModelDescriptor Describe(ModelName group, ModelName[] names)
    {
        GroupMember[] members = [.. names.Select(name => new GroupMember(name, VersionOf(name)))];
        return new ModelDescriptor(group, GroupVersion.Of(members), 0)
        {
            Members = members,
            LacksTarget = members.All(member => member.Version is null),
        };
    }

    private string? VersionOf(ModelName name) =>
        _published.GetValueOrDefault(_aliases.GetValueOrDefault(name, name))?.Version;

    public void Dispose() => File.Delete(_manifest);
}

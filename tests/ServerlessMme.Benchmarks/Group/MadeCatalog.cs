using System.Globalization;
using System.Runtime.CompilerServices;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Benchmarks.Group;

/// <summary>
/// Publishes made models as <c>member-0</c> and so on, and groups of the first n of them as <c>group-n</c>. Models
/// must be
/// loaded for the first time one after the other, because they share a file.
/// </summary>
internal sealed class MadeCatalog : IModelCatalog
{
    private const string GroupPrefix = "group-";
    private readonly MadeModels _models;
    private readonly int[] _revisions;

    public MadeCatalog(MadeModels models, int count)
    {
        _models = models;
        _revisions = new int[count];
        Members = [.. Enumerable.Range(0, count).Select(i => ModelName.Parse($"member-{i}").Value)];
    }

    public IReadOnlyList<ModelName> Members { get; }

    /// <summary>The name of the group of the first n members.</summary>
    public static ModelName GroupOf(int members) => ModelName.Parse($"{GroupPrefix}{members}").Value;

    /// <summary>Publishes another model under a member's name.</summary>
    public void Replace(int member) => _revisions[member]++;

    public async IAsyncEnumerable<ModelDescriptor> ListAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        foreach (var number in Enumerable.Range(0, Members.Count))
        {
            yield return Member(number);
        }
    }

    public Task<ModelDescriptor?> FindAsync(ModelName name, CancellationToken cancellationToken) =>
        Task.FromResult<ModelDescriptor?>(
            name.Value.StartsWith(GroupPrefix, StringComparison.Ordinal) ? Group(name) : Member(NumberOf(name)));

    public Task<Outcome<ModelFiles>> FetchAsync(ModelDescriptor descriptor, CancellationToken cancellationToken)
    {
        var number = NumberOf(descriptor.Name);
        _models.Become(number + (_revisions[number] * Members.Count));
        return Task.FromResult<Outcome<ModelFiles>>(new ModelFiles(
            _models.ManifestPath, _models.OnnxPath, $"sha256:{descriptor.Name}-{descriptor.Version}"));
    }

    private ModelDescriptor Group(ModelName name)
    {
        var members = Enumerable.Range(0, NumberOf(name)).Select(Member)
            .Select(member => new GroupMember(member.Name, member.Version)).ToList();
        return new ModelDescriptor(name, GroupVersion.Of(members), 0) { Members = members };
    }

    private ModelDescriptor Member(int number) => new(
        Members[number],
        string.Create(CultureInfo.InvariantCulture, $"{number}.{_revisions[number]}"),
        new FileInfo(_models.OnnxPath).Length);

    private static int NumberOf(ModelName name) =>
        int.Parse(name.Value[(name.Value.IndexOf('-', StringComparison.Ordinal) + 1)..], CultureInfo.InvariantCulture);
}

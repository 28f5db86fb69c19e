using System.Collections.Concurrent;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Cache;
using ServerlessMme.Core.Models.Manifests;

namespace ServerlessMme.Core.Groups;

/// <summary>
/// Remembers each member's input, which only its manifest contains, so members with the same input score together.
/// Thread-safe; one per process.
/// </summary>
internal sealed class MemberInputs
{
    private readonly ConcurrentDictionary<ModelName, Known> _known = new();

    /// <summary>Returns the member's input; null if this version has not been loaded yet.</summary>
    public MemberInput? Find(GroupMember member) =>
        _known.TryGetValue(member.Name, out var known) && known.Version == member.Version ? known.Input : null;

    /// <summary>Remembers the input of a leased member.</summary>
    /// <param name="listed">The member as listed by the group. The leased version may be newer.</param>
    public MemberInput Add(GroupMember listed, LoadedModel model)
    {
        var input = new MemberInput(
            model.Backend.TakesTensors ? model.Manifest.Input : null, model.Backend.MaxBatch);
        if (!_known.TryGetValue(listed.Name, out var known) || known.Version != listed.Version || known.Input != input)
        {
            _known[listed.Name] = new Known(listed.Version, input);
        }

        return input;
    }

    private sealed record Known(string? Version, MemberInput Input);
}

/// <summary>A member's input.</summary>
/// <param name="Tensor">Null for a member that takes encoded images.</param>
/// <param name="MaxBatch">Maximum number of images per call.</param>
internal sealed record MemberInput(InputSpec? Tensor, int MaxBatch)
{
    /// <summary>Returns true if both can use the same tensor. The input's name doesn't matter.</summary>
    public bool IsSame(MemberInput other)
    {
        if (Tensor is not { } one || other.Tensor is not { } two)
        {
            return Tensor is null && other.Tensor is null;
        }

        return one.Mean.SequenceEqual(two.Mean) && one.Std.SequenceEqual(two.Std)
            && one with { Name = null, Mean = [], Std = [] } == two with { Name = null, Mean = [], Std = [] };
    }
}

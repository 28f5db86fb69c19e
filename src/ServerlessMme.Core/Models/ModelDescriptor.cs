namespace ServerlessMme.Core.Models;

/// <summary>A published model as the catalog lists it, before any download.</summary>
/// <param name="Version">The artifact blob's ETag, unquoted; in a local folder, a digest of the model's files.</param>
/// <param name="Bytes">The artifact's size; 0 when the catalog does not know it.</param>
/// <param name="Target">The model that an alias names, and whose version and size these are; null otherwise.</param>
public sealed record ModelDescriptor(ModelName Name, string Version, long Bytes, ModelName? Target = null)
{
    /// <summary>
    /// True for an alias whose target is not published, and for a group without a published member: nothing answers
    /// under its name.
    /// </summary>
    public bool LacksTarget { get; init; }

    /// <summary>
    /// The members of a group, in its order; null for a model. The version is <see cref="GroupVersion.Of"/> of them.
    /// </summary>
    public IReadOnlyList<GroupMember>? Members { get; init; }
}

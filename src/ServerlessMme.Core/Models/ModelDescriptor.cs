namespace ServerlessMme.Core.Models;

/// <summary>A published model as the catalog lists it, before any download.</summary>
/// <param name="Version">The artifact blob's ETag, unquoted; in a local folder, a digest of the model's files.</param>
/// <param name="Bytes">The artifact's size; 0 if the catalog doesn't know it.</param>
/// <param name="Target">
/// The model that an alias names, which the version and size belong to; null for anything else.
/// </param>
public sealed record ModelDescriptor(ModelName Name, string Version, long Bytes, ModelName? Target = null)
{
    /// <summary>
    /// True for an alias whose target is not published, and for a group without a published member: nothing answers
    /// under the name.
    /// </summary>
    public bool LacksTarget { get; init; }

    /// <summary>
    /// The members of a group, in its order; null for a model. <see cref="GroupVersion.Of"/> computes the version.
    /// </summary>
    public IReadOnlyList<GroupMember>? Members { get; init; }

    /// <summary>The prefix of the members' names; null if members are listed, and for a model.</summary>
    public string? Prefix { get; init; }
}

namespace ServerlessMme.Core.Models;

/// <summary>A member of a group.</summary>
/// <param name="Version">The published version, or for an alias, its target's; null if nothing is published.</param>
public sealed record GroupMember(ModelName Name, string? Version)
{
    /// <summary>
    /// True if the name belongs to a group, so nothing answers: a group can't have groups as members.
    /// </summary>
    public bool IsGroup { get; init; }
}

namespace ServerlessMme.Core.Models;

/// <summary>A member of a group.</summary>
/// <param name="Version">The version published, which is its target's for an alias; null when none is.</param>
public sealed record GroupMember(ModelName Name, string? Version)
{
    /// <summary>True when the name is a group's, so nothing answers: a group has no groups as members.</summary>
    public bool IsGroup { get; init; }
}

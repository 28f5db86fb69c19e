using ServerlessMme.Core.Failures;

namespace ServerlessMme.Core.Models.Catalogs;

/// <summary>
/// A set of published names that resolves each of them. Aliases and groups are resolved only to names in the set. Not
/// thread-safe.
/// </summary>
public sealed class PublishedNames
{
    private readonly SortedDictionary<string, PublishedName> _names = new(StringComparer.Ordinal);

    /// <summary>Adds a name, or replaces it.</summary>
    public void Add(PublishedName published) => _names[published.Descriptor.Name.Value] = published;

    /// <summary>Returns true if the name was added.</summary>
    public bool Contains(ModelName name) => _names.ContainsKey(name.Value);

    /// <summary>Resolves all names, ordered by name.</summary>
    public IEnumerable<ModelDescriptor> ListAll() => _names.Values.Select(Resolve);

    /// <summary>
    /// Resolves a name. An alias without a usable target, and an invalid group, keep their own version, and fetching
    /// that version explains the problem.
    /// </summary>
    public ModelDescriptor Resolve(PublishedName published)
    {
        if (published.Definition?.Group is { } group)
        {
            return group.TryGet(out var defined, out _) ? Resolve(published.Descriptor, defined) : published.Descriptor;
        }

        if (published.Definition?.Alias is not { } alias || !alias.TryGet(out var aim, out _))
        {
            return published.Descriptor;
        }

        var target = _names.GetValueOrDefault(aim.Value);
        return target is { Definition: null, Descriptor: var model }
            ? published.Descriptor with { Version = model.Version, Bytes = model.Bytes, Target = model.Name }
            : published.Descriptor with { LacksTarget = target is null };
    }

    /// <summary>
    /// Returns the reason why a name has no files to fetch, or null if the name has been repaired since it was found.
    /// </summary>
    public Refusal? Explain(PublishedName published)
    {
        var (name, definition) = (published.Descriptor.Name, published.Definition);
        if (definition?.Refusal is { } refusal)
        {
            return refusal;
        }

        if (definition?.Group is { } group)
        {
            var members = MembersOf(name, group.Value).Length;
            return members > ModelGroup.MaxMembers
                ? ModelGroup.RefuseCount(name, members)
                : ModelGroup.RefuseOne(name);
        }

        if (definition?.Alias is not { } alias)
        {
            return null;
        }

        return _names.GetValueOrDefault(alias.Value.Value) switch
        {
            null => ModelAlias.RefuseMissing(name, alias.Value),
            { Definition.Group: not null } => ModelAlias.RefuseGroup(name, alias.Value),
            { Definition: not null } => ModelAlias.RefuseChain(name, alias.Value),
            _ => null,
        };
    }

    private ModelDescriptor Resolve(ModelDescriptor group, ModelGroup defined)
    {
        var members = MembersOf(group.Name, defined);
        return members.Length > ModelGroup.MaxMembers
            ? group
            : group with
            {
                Version = GroupVersion.Of(members),
                Members = members,
                Prefix = defined.Prefix,
                LacksTarget = members.All(member => member.Version is null),
            };
    }

    private GroupMember[] MembersOf(ModelName group, ModelGroup defined) => defined.Prefix is { } prefix
        ? [.. _names.Values
            .Where(each => each.Descriptor.Name != group && each.Definition?.Group is null
                && each.Descriptor.Name.Value.StartsWith(prefix, StringComparison.Ordinal))
            .Select(each => Member(each.Descriptor.Name))]
        : [.. defined.Names.Select(Member)];

    private GroupMember Member(ModelName name)
    {
        if (_names.GetValueOrDefault(name.Value) is not { } published)
        {
            return new GroupMember(name, null);
        }

        if (published.Definition?.Group is not null)
        {
            return new GroupMember(name, null) { IsGroup = true };
        }

        var descriptor = Resolve(published);
        return new GroupMember(name, descriptor.LacksTarget ? null : descriptor.Version);
    }
}

/// <summary>An entry published under one name.</summary>
/// <param name="Descriptor">The blob or files of this name, not of the name it resolves to.</param>
/// <param name="Definition">The definition of an alias or a group; null for a model.</param>
public sealed record PublishedName(ModelDescriptor Descriptor, NameDefinition? Definition);

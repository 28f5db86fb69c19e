using Mono.Cecil;

namespace ServerlessMme.Architecture.Tests.Checking;

/// <summary>Finds references of a compiled assembly that it must not have.</summary>
internal static class ProjectReferences
{
    /// <summary>Every forbidden reference as text, with one of the types that need it.</summary>
    public static IReadOnlyList<string> Find(ModuleDefinition module, Func<string, bool> isAllowed)
    {
        var uses = AssemblyUses.Read(module).ToLookup(use => use.UsedAssembly);
        return
        [
            .. module.AssemblyReferences.Select(reference => reference.Name)
                .Where(name => !isAllowed(name))
                .Order(StringComparer.Ordinal)
                .Select(name => $"{module.Assembly.Name.Name} -> {name}: "
                    + (uses[name].FirstOrDefault()?.ToString() ?? "no type uses it")),
        ];
    }
}

using Mono.Cecil;

namespace ServerlessMme.Architecture.Tests.Checking;

/// <summary>One type of an assembly using another type, of the same assembly or of one that it references.</summary>
/// <param name="User">The outermost type that holds the use; lambdas and nested types count for it.</param>
/// <param name="Member">The member that holds the use; null for a base type, an interface or an attribute.</param>
/// <param name="Used">The outermost type being used.</param>
internal sealed record TypeUse(TypeReference User, string? Member, TypeReference Used)
{
    /// <summary>The assembly that <see cref="Used"/> comes from.</summary>
    public string UsedAssembly => Used.Scope switch
    {
        AssemblyNameReference reference => reference.Name,
        ModuleDefinition module => module.Assembly.Name.Name,
        var scope => scope.Name,
    };

    public override string ToString() =>
        $"{User.Name} uses {Used.Name}{(Member is null ? "" : $" in {Member}")}";
}

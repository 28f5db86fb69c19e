using Mono.Cecil;
using ServerlessMme.Architecture.Tests.Samples.Surface;
using ServerlessMme.Architecture.Tests.Samples.SurfaceUser;

namespace ServerlessMme.Architecture.Tests.Checking;

public sealed class PublicSurfaceTests
{
    [Fact]
    public void Public_types_that_no_other_project_needs_are_reported()
    {
        using var module = ModuleDefinition.ReadModule(typeof(Called).Assembly.Location);

        Assert.Equal(
            [typeof(NeededInside).FullName!, typeof(Unused).FullName!],
            PublicSurface.FindUnused(
                module.Types.Where(type => type.Namespace == typeof(Called).Namespace),
                AssemblyUses.Read(module).Where(use => use.User.Namespace == typeof(Caller).Namespace)));
    }
}

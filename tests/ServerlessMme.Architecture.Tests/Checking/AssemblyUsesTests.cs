using Mono.Cecil;
using ServerlessMme.Architecture.Tests.Samples.Used;
using ServerlessMme.Architecture.Tests.Samples.Uses;

namespace ServerlessMme.Architecture.Tests.Checking;

public sealed class AssemblyUsesTests
{
    [Theory]
    [InlineData(nameof(BaseType))]
    [InlineData(nameof(Interface))]
    [InlineData(nameof(TypeAttribute))]
    [InlineData(nameof(Field), "Value")]
    [InlineData(nameof(ArrayInGeneric), "Value")]
    [InlineData("Constraint`1")]
    [InlineData(nameof(Parameter), "Take")]
    [InlineData(nameof(ReturnValue), "Give")]
    [InlineData(nameof(ParameterAttribute), "Take")]
    [InlineData(nameof(Event))]
    [InlineData(nameof(StaticCall), "Call")]
    [InlineData(nameof(GenericMethod), "Size")]
    [InlineData(nameof(TypeOf), "Name")]
    [InlineData(nameof(Catch), "Run")]
    [InlineData(nameof(Lambda), "Create")]
    [InlineData(nameof(AsyncMethod), "RunAsync")]
    [InlineData(nameof(Iterator), "Run")]
    [InlineData(nameof(Nested))]
    public void Every_way_to_use_a_type_is_seen_where_it_is_written(string user, string? member = null)
    {
        using var module = ModuleDefinition.ReadModule(typeof(Tool).Assembly.Location);

        Assert.Contains(AssemblyUses.Read(module), use =>
            use.User.Namespace == typeof(BaseType).Namespace && use.User.Name == user
            && use.Used.Namespace == typeof(Tool).Namespace && use.Member == member);
    }
}

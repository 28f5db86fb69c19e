using ServerlessMme.Testing.Emulation;

[assembly: AssemblyFixture(typeof(AzuriteFixture))]
